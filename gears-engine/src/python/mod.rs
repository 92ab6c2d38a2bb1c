//! Everything that touches Python objects.

pub(crate) mod asynchronous;
mod atomic;
mod builder;
mod builtins;
pub(crate) mod command_context;
pub(crate) mod convert;
pub(crate) mod coroutine;
mod descriptor;
mod environment;
mod execute;
pub(crate) mod failure;
mod future;
pub(crate) mod interpreter;
pub(crate) mod memory;
pub(crate) mod namespace;
mod option;
pub(crate) mod package;
mod passed;
mod pip;
mod process;
pub(crate) mod profile;
mod register;
pub(crate) mod requirement;
pub(crate) mod script;
pub(crate) mod session;
pub(crate) mod stack;
mod timer;
