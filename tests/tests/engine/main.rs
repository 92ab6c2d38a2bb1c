//! The engine's commands, through a plain client.

mod administration;
mod anything;
mod arguments;
mod coroutine;
mod environment;
mod execute;
mod failures;
mod fairness;
mod hooks;
mod hostile;
mod identity;
mod introspection;
mod manual;
mod native;
mod operations;
mod persistence;
mod recursion;
mod redgrease;
mod registration;
mod replies;
mod requirements;
mod survival;
mod trigger;
mod values;
mod vanishing;
mod waiting;
