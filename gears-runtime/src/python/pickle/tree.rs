//! The objects of a pickle as one value.

use super::{
    class::full_name,
    object::{Object, Objects, Place},
    text::to_latin,
    unreadable::Unreadable,
};
use crate::python::value::PyValue;

/// How deep a value may be nested, as JSON may.
const DEEPEST: usize = 128;

/// So much may come of objects that are there more than once, in bytes: this, and as much again
/// for each byte of the pickle.
const REPEATED: usize = 64 << 20;
const REPEATED_FOR_EACH: usize = 64;

/// Makes a value of objects.
pub(super) struct Tree<'a, 'o> {
    objects: &'o Objects<'a>,
    /// Which objects are part of the value already.
    seen: Vec<bool>,
    /// How many bytes may still be repeated.
    left: usize,
    depth: usize,
}

impl<'a, 'o> Tree<'a, 'o> {
    /// Begins with the objects of a pickle of this length.
    pub(super) fn of(objects: &'o Objects<'a>, length: usize) -> Self {
        Self {
            objects,
            seen: vec![false; objects.count()],
            left: length
                .saturating_mul(REPEATED_FOR_EACH)
                .saturating_add(REPEATED),
            depth: 0,
        }
    }

    /// Makes the value of an object, and of all that it holds.
    pub(super) fn value(&mut self, place: Place) -> Result<PyValue, Unreadable> {
        let object = self.look(place)?;
        if self.depth == DEEPEST {
            let how = format!("is nested deeper than {DEEPEST} levels");
            return Err(Unreadable::Beyond(how));
        }
        self.depth += 1;
        let value = self.value_of(object)?;
        self.depth -= 1;
        Ok(value)
    }

    fn value_of(&mut self, object: &'o Object<'a>) -> Result<PyValue, Unreadable> {
        Ok(match object {
            Object::None => PyValue::None,
            Object::Bool(boolean) => PyValue::Bool(*boolean),
            Object::Int(number) => PyValue::Int(*number),
            Object::BigInt(digits) => PyValue::BigInt(digits.as_ref().to_owned()),
            Object::Float(float) => PyValue::Float(*float),
            Object::Text(text) => PyValue::Text(text.as_ref().to_owned()),
            Object::Bytes(bytes) => PyValue::Bytes(bytes.as_ref().to_owned()),
            Object::Latin(text) => match self.objects.at(*text) {
                Object::Text(text) => {
                    self.repeat(text.len())?;
                    let bytes = to_latin(text);
                    PyValue::Bytes(bytes.ok_or_else(|| Unreadable::foreign("bytes of a text"))?)
                }
                _ => return Err(Unreadable::foreign("bytes of an object")),
            },
            Object::List(items) => PyValue::List(self.values(items)?),
            Object::Tuple(items) => PyValue::Tuple(self.values(items)?),
            Object::Set(items) => PyValue::Set(self.values(items)?),
            Object::SetOf(items) => match self.look(*items)? {
                Object::List(items) | Object::Tuple(items) | Object::Set(items) => {
                    PyValue::Set(self.values(items)?)
                }
                _ => return Err(Unreadable::foreign("a set of an object")),
            },
            Object::Dict(items) => PyValue::Dict(self.pairs(items)?),
            Object::Record(states) => {
                let mut fields = Vec::new();
                for &state in states {
                    self.add_state(state, &mut fields)?;
                }
                PyValue::Dict(fields)
            }
            Object::Name(module, name) => {
                return Err(Unreadable::foreign(&full_name(module, name)));
            }
        })
    }

    /// Adds the fields of a state: a dict, or one for `__dict__` and one for slots.
    fn add_state(
        &mut self,
        state: Place,
        fields: &mut Vec<(PyValue, PyValue)>,
    ) -> Result<(), Unreadable> {
        match self.look(state)? {
            Object::None => {}
            Object::Dict(items) => fields.extend(self.pairs(items)?),
            Object::Tuple(parts) if parts.len() == 2 => {
                for &part in parts {
                    match self.look(part)? {
                        Object::None => {}
                        Object::Dict(items) => fields.extend(self.pairs(items)?),
                        _ => return Err(Unreadable::foreign("a state of its own kind")),
                    }
                }
            }
            _ => return Err(Unreadable::foreign("a state of its own kind")),
        }
        Ok(())
    }

    fn values(&mut self, places: &[Place]) -> Result<Vec<PyValue>, Unreadable> {
        places.iter().map(|&place| self.value(place)).collect()
    }

    fn pairs(&mut self, places: &[(Place, Place)]) -> Result<Vec<(PyValue, PyValue)>, Unreadable> {
        places
            .iter()
            .map(|&(key, value)| Ok((self.value(key)?, self.value(value)?)))
            .collect()
    }

    /// Looks at an object, and counts it when that is not the first time.
    fn look(&mut self, place: Place) -> Result<&'o Object<'a>, Unreadable> {
        let object = self.objects.at(place);
        if std::mem::replace(&mut self.seen[place.index()], true) {
            self.repeat(match object {
                Object::BigInt(digits) => digits.len(),
                Object::Text(text) => text.len(),
                Object::Bytes(bytes) => bytes.len(),
                _ => 0,
            })?;
        }
        Ok(object)
    }

    /// Counts what is repeated, of so many bytes besides the value itself.
    fn repeat(&mut self, bytes: usize) -> Result<(), Unreadable> {
        let left = self.left.checked_sub(bytes + size_of::<PyValue>());
        self.left = left.ok_or_else(|| {
            Unreadable::Beyond("repeats what it holds too often to be taken in whole".to_owned())
        })?;
        Ok(())
    }
}
