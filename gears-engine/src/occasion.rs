//! What causes executions: calls, events, entries of streams, and who asks for a run.

mod ahead;
mod asker;
pub(crate) mod command_context;
pub(crate) mod event;
pub(crate) mod filter;
pub(crate) mod hook;
mod key_event;
pub(crate) mod stream;
pub(crate) mod trigger;
pub(crate) mod unread;
pub(crate) mod writers;
