//! Everything that touches Python objects.

mod atomic;
mod builder;
mod builtins;
pub(crate) mod convert;
pub(crate) mod coroutine;
mod execute;
pub(crate) mod failure;
pub(crate) mod interpreter;
pub(crate) mod memory;
pub(crate) mod namespace;
mod option;
pub(crate) mod package;
mod pip;
mod register;
pub(crate) mod requirement;
pub(crate) mod script;
