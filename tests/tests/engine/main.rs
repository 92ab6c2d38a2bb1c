//! The engine's commands, through a plain client.

mod coroutine;
mod environment;
mod execute;
mod failures;
mod introspection;
mod operations;
mod redgrease;
mod registration;
mod replies;
mod requirements;
mod survival;
mod trigger;
mod values;
