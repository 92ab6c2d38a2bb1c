//! The few classes and functions whose meaning is known. They are not called: what they would
//! make is made here.

use super::{
    object::{Object, Objects, Place},
    unreadable::Unreadable,
};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `set` and `frozenset`.
    Set,
    /// `bytes` and `bytearray`.
    Bytes,
    /// `dict` and what is one.
    Dict,
    /// `object`, as a base.
    Object,
    /// What protocols without bytes write them with.
    Encode,
    /// What protocols without a step for it make objects with.
    Reconstructor,
    /// A record of RedGrease's: its fields are what it holds.
    Record,
    /// An enumeration of RedGrease's: its members stand for their values.
    Enumeration,
    /// What Python 3.11.0 to 3.11.3 name members of enumerations with.
    Attribute,
}

impl Class {
    /// Finds what a name stands for.
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("builtins" | "__builtin__", "set" | "frozenset") => Self::Set,
            ("builtins" | "__builtin__", "bytes" | "bytearray") => Self::Bytes,
            ("builtins" | "__builtin__", "dict") => Self::Dict,
            ("builtins" | "__builtin__", "object") => Self::Object,
            ("collections", "OrderedDict" | "defaultdict" | "Counter") => Self::Dict,
            ("builtins" | "__builtin__", "getattr") => Self::Attribute,
            ("_codecs", "encode") => Self::Encode,
            ("copyreg" | "copy_reg", "_reconstructor") => Self::Reconstructor,
            ("redgrease.utils", "CaseInsensitiveDict") => Self::Dict,
            ("redgrease.utils", "Record" | "StreamRecord") => Self::Record,
            (
                "redgrease.data",
                "ExecID" | "ExecutionInfo" | "ExecutionPlan" | "ExecutionStep" | "RegData"
                | "Registration" | "ShardInfo" | "ClusterInfo" | "PyStats" | "PyRequirementInfo",
            ) => Self::Record,
            ("redgrease.data", "ExecutionStatus" | "ExecLocality") => Self::Enumeration,
            _ => return None,
        })
    }

    /// Makes what a call of it with these arguments would, unless that is none of its uses.
    pub(super) fn made<'a>(self, arguments: &[Place], objects: &Objects<'a>) -> Option<Made<'a>> {
        Some(match (self, arguments) {
            (Self::Set, []) => Made::New(Object::Set(Vec::new())),
            (Self::Set, &[items]) => Made::New(Object::SetOf(items)),
            (Self::Bytes, []) => Made::New(Object::Bytes(Vec::new().into())),
            (Self::Bytes, &[bytes])
                if matches!(objects.at(bytes), Object::Bytes(_) | Object::Latin(_)) =>
            {
                Made::There(bytes)
            }
            (Self::Bytes | Self::Encode, &[text, encoding]) => {
                let latin = matches!(objects.at(encoding), Object::Text(name)
                    if matches!(name.as_ref(), "latin1" | "latin-1"));
                match objects.at(text) {
                    Object::Text(_) if latin => Made::New(Object::Latin(text)),
                    _ => return None,
                }
            }
            (Self::Dict, []) => Made::New(Object::Dict(Vec::new())),
            (Self::Dict, &[dict]) => match objects.at(dict) {
                Object::Dict(_) => Made::There(dict),
                // What makes the values that a `defaultdict` lacks.
                Object::Name(..) | Object::None => Made::New(Object::Dict(Vec::new())),
                _ => return None,
            },
            (Self::Record, []) => Made::New(Object::Record(Vec::new())),
            (Self::Enumeration, &[value]) => Made::There(value),
            (Self::Attribute, &[class, member]) => Made::New(member_of(class, member, objects)?),
            (Self::Reconstructor, &[class, base, state]) => {
                let (class, base) = (Self::at(class, objects)?, Self::at(base, objects)?);
                match (class, base) {
                    (Self::Record, Self::Object) => Made::New(Object::Record(Vec::new())),
                    (Self::Dict, Self::Dict) if matches!(objects.at(state), Object::Dict(_)) => {
                        Made::There(state)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// Returns the class that stands at a place.
    pub(super) fn at(place: Place, objects: &Objects<'_>) -> Option<Self> {
        match objects.at(place) {
            Object::Name(module, name) => Self::named(module, name),
            _ => None,
        }
    }
}

/// Returns the value of a member of an enumeration, which says its name in text or bytes.
fn member_of<'a>(class: Place, member: Place, objects: &Objects<'a>) -> Option<Object<'a>> {
    let (Object::Name(module, class), Object::Text(member)) =
        (objects.at(class), objects.at(member))
    else {
        return None;
    };
    match (module.as_ref(), class.as_ref()) {
        ("redgrease.data", "ExecutionStatus") => Some(Object::Bytes(
            member.clone().into_owned().into_bytes().into(),
        )),
        ("redgrease.data", "ExecLocality") => Some(Object::Text(member.clone())),
        _ => None,
    }
}

/// What a class makes: an object, or one that is there already.
pub(super) enum Made<'a> {
    New(Object<'a>),
    There(Place),
}

/// Says of which class something is that only Python can make.
pub(super) fn foreign(class: Place, arguments: &[Place], objects: &Objects<'_>) -> Unreadable {
    let names = std::iter::once(class).chain(arguments.iter().copied());
    // What is reconstructed stands behind what does it.
    let named = names
        .filter(|&place| Class::at(place, objects) != Some(Class::Reconstructor))
        .find_map(|place| match objects.at(place) {
            Object::Name(module, name) => Some(full_name(module, name)),
            _ => None,
        });
    Unreadable::foreign(named.as_deref().unwrap_or("an object"))
}

/// Returns the name of a class as Python 3 has it.
pub(super) fn full_name(module: &str, name: &str) -> String {
    let module = match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        module => module,
    };
    format!("{module}.{name}")
}
