//! What the machine makes: objects that name each other by their places.

use std::borrow::Cow;

use super::unreadable::Unreadable;

/// Where an object stands among all of a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    /// `None`, which is there from the start, as are the next two.
    pub(super) const NONE: Self = Self(0);
    pub(super) const FALSE: Self = Self(1);
    pub(super) const TRUE: Self = Self(2);

    /// Returns its number.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An object of a pickle.
///
/// None is a copy of another: a few bytes could ask for a copy of much, again and again.
#[derive(Debug)]
pub(super) enum Object<'a> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Box<str>),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    /// The bytes that this text stands for.
    Latin(Place),
    List(Vec<Place>),
    Tuple(Vec<Place>),
    Set(Vec<Place>),
    /// The set of what this one holds.
    SetOf(Place),
    Dict(Vec<(Place, Place)>),
    /// A record of RedGrease's, of the fields in these dicts.
    Record(Vec<Place>),
    /// A class or a function, by its module and name.
    Name(Cow<'a, str>, Cow<'a, str>),
}

/// All objects of a pickle.
#[derive(Debug)]
pub(super) struct Objects<'a>(Vec<Object<'a>>);

impl<'a> Objects<'a> {
    pub(super) fn new() -> Self {
        Self(vec![Object::None, Object::Bool(false), Object::Bool(true)])
    }

    /// Adds one.
    pub(super) fn add(&mut self, object: Object<'a>) -> Result<Place, Unreadable> {
        let place = u32::try_from(self.0.len());
        let place = place.map_err(|_| Unreadable::Beyond("holds too many objects".to_owned()))?;
        self.0.push(object);
        Ok(Place(place))
    }

    pub(super) fn at(&self, place: Place) -> &Object<'a> {
        &self.0[place.index()]
    }

    pub(super) fn at_mut(&mut self, place: Place) -> &mut Object<'a> {
        &mut self.0[place.index()]
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
