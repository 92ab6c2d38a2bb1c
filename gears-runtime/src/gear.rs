//! One gear of this binary: its descriptor, its script, and the registry of all.

pub(crate) mod cause;
mod description;
pub(crate) mod descriptor;
pub(crate) mod fingerprint;
pub(crate) mod maker;
pub(crate) mod mode;
pub(crate) mod naming;
pub(crate) mod record;
pub mod registry;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod shape;
mod signature;
pub(crate) mod source;

pub use self::{
    cause::{
        Cause, Hook, KeyEvents, LibraryFunction, OnFailed, OnFull, OnRegistered, StreamEntries,
    },
    descriptor::Gear,
    maker::Maker,
    mode::{Mode, Replace},
    record::{Arguments, Record},
    shape::{Param, Returned, Shape, Wire},
};
