//! The steps of a function as they are stored: callbacks are places in the list
//! of all callbacks of their script.

use pyo3::prelude::*;

use crate::ground::wire::{Damaged, Fields, Reader};
use crate::plan::{Callback, Fold, KeyedFold, Native, Plan, Step};

mod tag {
    pub(crate) const MAP: u8 = 1;
    pub(crate) const FILTER: u8 = 2;
    pub(crate) const FLAT_MAP: u8 = 3;
    pub(crate) const FOR_EACH: u8 = 4;
    pub(crate) const LIMIT: u8 = 5;
    pub(crate) const ACCUMULATE: u8 = 6;
    pub(crate) const GROUP: u8 = 7;
    pub(crate) const BATCH_GROUP: u8 = 8;
    pub(crate) const COLLECT: u8 = 9;
    pub(crate) const REPARTITION: u8 = 10;
    pub(crate) const LOCAL_GROUP: u8 = 11;
}

/// All callbacks of a script, in the order in which its plans name them.
pub(crate) struct Callbacks<'py>(pub(crate) Vec<Bound<'py, PyAny>>);

impl<'py> Callbacks<'py> {
    /// Adds a callback and returns its place.
    pub(crate) fn add(&mut self, py: Python<'py>, callback: &Py<PyAny>) -> u64 {
        self.0.push(callback.bind(py).clone());
        self.0.len() as u64 - 1
    }

    /// Returns the callback at a place.
    pub(crate) fn at(&self, place: u64) -> Result<Py<PyAny>, Damaged> {
        usize::try_from(place)
            .ok()
            .and_then(|place| self.0.get(place))
            .map(|callback| callback.clone().unbind())
            .ok_or_else(|| Damaged::new("a callback is missing"))
    }
}

/// Encodes a plan and gathers its callbacks.
pub(crate) fn encode<'py>(py: Python<'py>, plan: &Plan, callbacks: &mut Callbacks<'py>) -> Vec<u8> {
    let mut fields = Fields::default();
    let mut encoder = Encoder { py, callbacks };
    for step in plan {
        let (tag, content) = encoder.step(step);
        fields.put(tag, &content);
    }
    fields.finish()
}

struct Encoder<'a, 'py> {
    py: Python<'py>,
    callbacks: &'a mut Callbacks<'py>,
}

impl Encoder<'_, '_> {
    fn step(&mut self, step: &Step) -> (u8, Vec<u8>) {
        let mut content = Vec::new();
        let tag = match step {
            Step::Map(function) => {
                self.callback(function, &mut content);
                tag::MAP
            }
            Step::Filter(function) => {
                self.callback(function, &mut content);
                tag::FILTER
            }
            Step::FlatMap(function) => {
                self.callback(function, &mut content);
                tag::FLAT_MAP
            }
            Step::ForEach(function) => {
                self.callback(function, &mut content);
                tag::FOR_EACH
            }
            Step::Limit { start, count } => {
                content.extend(start.to_le_bytes());
                content.extend(count.to_le_bytes());
                tag::LIMIT
            }
            Step::Accumulate(fold) => {
                self.fold(fold, &mut content);
                tag::ACCUMULATE
            }
            Step::Group {
                extractor,
                fold,
                moves,
            } => {
                self.callback(extractor, &mut content);
                self.keyed_fold(fold, &mut content);
                if *moves { tag::GROUP } else { tag::LOCAL_GROUP }
            }
            Step::BatchGroup { extractor, reducer } => {
                self.callback(extractor, &mut content);
                self.function(reducer, &mut content);
                tag::BATCH_GROUP
            }
            Step::Collect => tag::COLLECT,
            Step::Repartition { extractor } => {
                self.callback(extractor, &mut content);
                tag::REPARTITION
            }
        };
        (tag, content)
    }

    fn function(&mut self, function: &Py<PyAny>, content: &mut Vec<u8>) {
        let place = self.callbacks.add(self.py, function);
        content.extend(place.to_le_bytes());
    }

    fn callback(&mut self, callback: &Callback, content: &mut Vec<u8>) {
        match callback {
            Callback::Python(function) => {
                content.push(0);
                self.function(function, content);
            }
            Callback::Native(native) => content.push(match native {
                Native::Identity => 1,
                Native::Text => 2,
                Native::GroupKey => 3,
                Native::Number => 4,
                Native::WithOne => 5,
                Native::Quotient => 6,
                Native::Sort { reverse: false } => 7,
                Native::Sort { reverse: true } => 8,
                Native::List => 9,
            }),
        }
    }

    fn fold(&mut self, fold: &Fold, content: &mut Vec<u8>) {
        content.push(match fold {
            Fold::Python(_) => 0,
            Fold::Aggregate { .. } => 1,
            Fold::Count => 2,
            Fold::Sum => 3,
            Fold::SumPairs => 4,
            Fold::Gather => 5,
            Fold::Join => 6,
            Fold::Unique => 7,
            Fold::Union => 8,
        });
        match fold {
            Fold::Python(function) => self.function(function, content),
            Fold::Aggregate { zero, function } => {
                self.function(zero, content);
                self.function(function, content);
            }
            _ => {}
        }
    }

    fn keyed_fold(&mut self, fold: &KeyedFold, content: &mut Vec<u8>) {
        content.push(match fold {
            KeyedFold::Python(_) => 0,
            KeyedFold::Aggregate { .. } => 1,
            KeyedFold::Combine { .. } => 2,
            KeyedFold::Count => 3,
            KeyedFold::SumValues => 4,
            KeyedFold::Gather => 5,
        });
        match fold {
            KeyedFold::Python(function) => self.function(function, content),
            KeyedFold::Aggregate { zero, function } | KeyedFold::Combine { zero, function } => {
                self.function(zero, content);
                self.function(function, content);
            }
            _ => {}
        }
    }
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode(bytes: &[u8], callbacks: &Callbacks<'_>) -> Result<Plan, Damaged> {
    let mut fields = Reader::new(bytes);
    let mut plan = Plan::new();
    while let Some((tag, content)) = fields.field()? {
        let mut content = Reader::new(content);
        plan.push(step(tag, &mut content, callbacks)?);
        if !content.is_at_end() {
            return Err(Damaged::new("a step is too long"));
        }
    }
    Ok(plan)
}

fn step(tag: u8, from: &mut Reader<'_>, callbacks: &Callbacks<'_>) -> Result<Step, Damaged> {
    Ok(match tag {
        tag::MAP => Step::Map(callback(from, callbacks)?),
        tag::FILTER => Step::Filter(callback(from, callbacks)?),
        tag::FLAT_MAP => Step::FlatMap(callback(from, callbacks)?),
        tag::FOR_EACH => Step::ForEach(callback(from, callbacks)?),
        tag::LIMIT => Step::Limit {
            start: from.number()?.cast_signed(),
            count: from.number()?.cast_signed(),
        },
        tag::ACCUMULATE => Step::Accumulate(fold(from, callbacks)?),
        tag::GROUP | tag::LOCAL_GROUP => Step::Group {
            extractor: callback(from, callbacks)?,
            fold: keyed_fold(from, callbacks)?,
            moves: tag == tag::GROUP,
        },
        tag::BATCH_GROUP => Step::BatchGroup {
            extractor: callback(from, callbacks)?,
            reducer: callbacks.at(from.number()?)?,
        },
        tag::COLLECT => Step::Collect,
        tag::REPARTITION => Step::Repartition {
            extractor: callback(from, callbacks)?,
        },
        _ => return Err(Damaged::new("a step is not known")),
    })
}

fn callback(from: &mut Reader<'_>, callbacks: &Callbacks<'_>) -> Result<Callback, Damaged> {
    Ok(Callback::Native(match from.byte()? {
        0 => return Ok(Callback::Python(callbacks.at(from.number()?)?)),
        1 => Native::Identity,
        2 => Native::Text,
        3 => Native::GroupKey,
        4 => Native::Number,
        5 => Native::WithOne,
        6 => Native::Quotient,
        7 => Native::Sort { reverse: false },
        8 => Native::Sort { reverse: true },
        9 => Native::List,
        _ => return Err(Damaged::new("a function is not known")),
    }))
}

fn fold(from: &mut Reader<'_>, callbacks: &Callbacks<'_>) -> Result<Fold, Damaged> {
    Ok(match from.byte()? {
        0 => Fold::Python(callbacks.at(from.number()?)?),
        1 => Fold::Aggregate {
            zero: callbacks.at(from.number()?)?,
            function: callbacks.at(from.number()?)?,
        },
        2 => Fold::Count,
        3 => Fold::Sum,
        4 => Fold::SumPairs,
        5 => Fold::Gather,
        6 => Fold::Join,
        7 => Fold::Unique,
        8 => Fold::Union,
        _ => return Err(Damaged::new("a fold is not known")),
    })
}

fn keyed_fold(from: &mut Reader<'_>, callbacks: &Callbacks<'_>) -> Result<KeyedFold, Damaged> {
    Ok(match from.byte()? {
        0 => KeyedFold::Python(callbacks.at(from.number()?)?),
        tag @ (1 | 2) => {
            let zero = callbacks.at(from.number()?)?;
            let function = callbacks.at(from.number()?)?;
            if tag == 1 {
                KeyedFold::Aggregate { zero, function }
            } else {
                KeyedFold::Combine { zero, function }
            }
        }
        3 => KeyedFold::Count,
        4 => KeyedFold::SumValues,
        5 => KeyedFold::Gather,
        _ => return Err(Damaged::new("a fold is not known")),
    })
}
