//! The engine's commands, through a plain client.

mod execute;
mod failures;
mod hooks;
mod introspection;
mod operations;
mod registration;
mod replies;
mod requirements;
mod survival;
mod trigger;
mod values;
