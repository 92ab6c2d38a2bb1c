//! Everything that touches Python objects.

pub(crate) mod convert;
pub(crate) mod failure;
pub(crate) mod float;
pub(crate) mod inside;
pub(crate) mod interpreter;
pub(crate) mod json;
pub(crate) mod memory;
pub(crate) mod packages;
pub(crate) mod recurring;
pub(crate) mod run_future;
pub(crate) mod template;
pub(crate) mod thread;
pub(crate) mod value;
