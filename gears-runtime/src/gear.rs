//! One gear of this binary: its descriptor, its script, and the registry of all.

pub(crate) mod cause;
pub(crate) mod descriptor;
pub(crate) mod fingerprint;
pub(crate) mod record;
pub mod registry;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod source;

pub use self::{
    cause::{Cause, Hook, KeyEvents, OnFailed, OnFull, OnRegistered, StreamEntries},
    descriptor::{Gear, Mode, Param, Replace, Returned, Shape, Wire},
    record::{Arguments, Record},
};
