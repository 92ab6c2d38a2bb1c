//! The keys that one step of a scan brings.

use std::ops::Range;

use crate::{CallFailure, Context, KeyValue};

/// The keys of one step: texts side by side in one buffer, which a million
/// small allocations would make slow.
#[derive(Default)]
pub struct KeyBatch {
    pub(super) texts: Vec<u8>,
    pub(super) keys: Vec<Found>,
    pub(super) count: usize,
    /// Why the key after these has no value.
    failure: Option<CallFailure>,
}

/// A key of a batch.
pub(super) struct Found {
    pub(super) name: Range<usize>,
    pub(super) value: Stored,
    /// Its slot, where keys of several cannot be read together.
    pub(super) slot: Option<u16>,
}

/// What a batch has of the value of a key.
pub(super) enum Stored {
    /// Not asked for.
    None,
    String(Range<usize>),
    /// To be read by its name when the step has its keys.
    Later,
    /// The same, and it was a string.
    LaterString,
    /// The same, so long a string that its bytes stand by themselves.
    LaterLong,
    Other(KeyValue),
}

/// A key's value in a batch.
pub enum ValueView<'a> {
    /// A string.
    String(&'a [u8]),
    /// Any other value.
    Other(&'a KeyValue),
}

impl ValueView<'_> {
    /// Names the type as records do.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::Other(value) => value.type_name(),
        }
    }
}

impl KeyBatch {
    /// Counts the keys, also where only that was asked for.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Walks over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<ValueView<'_>>)> {
        (0..self.keys.len()).filter_map(|place| self.get(place))
    }

    /// Returns the name and the value at a place.
    pub fn get(&self, place: usize) -> Option<(&[u8], Option<ValueView<'_>>)> {
        let key = self.keys.get(place)?;
        let value = match &key.value {
            Stored::String(place) => Some(ValueView::String(&self.texts[place.clone()])),
            Stored::Other(value) => Some(ValueView::Other(value)),
            _ => None,
        };
        Some((&self.texts[key.name.clone()], value))
    }

    /// Takes the reason why there are no more keys, if one could not be read.
    pub fn take_failure(&mut self) -> Option<CallFailure> {
        self.failure.take()
    }

    pub(super) fn add_text(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.texts.len();
        self.texts.extend_from_slice(text);
        start..self.texts.len()
    }

    /// Reads each value that is still missing, from a place on; says no and leaves the keys
    /// behind out if one cannot be read.
    pub(super) fn read_rest(&mut self, context: &Context, from: usize) -> bool {
        for place in from..self.keys.len() {
            let key = &mut self.keys[place];
            if key.value.is_missing() {
                match KeyValue::read(context, &self.texts[key.name.clone()]) {
                    Ok(value) => key.value = Stored::Other(value),
                    Err(failure) => {
                        self.failure = Some(failure);
                        self.keys.truncate(place);
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Leaves out keys that have gone since their names were seen.
    pub(super) fn drop_vanished(&mut self) {
        self.keys
            .retain(|key| !matches!(key.value, Stored::Other(KeyValue::Empty)));
    }
}

impl Stored {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Later | Self::LaterString | Self::LaterLong)
    }
}
