//! The engine's commands, through a plain client.

mod administration;
mod arguments;
mod execute;
mod failures;
mod introspection;
mod operations;
mod registration;
mod replies;
mod requirements;
mod survival;
mod trigger;
mod values;
