//! The `RG.*` commands, each defined once.
//!
//! A function of the [`catalog`] makes a [`Request`](request::Request): the words that are sent, how the reply is
//! read, and what the server must have for it. Sync and async connections, pipelines and
//! [`Gears`](crate::Gears) all send the same requests.

pub(crate) mod args;
pub(crate) mod catalog;
pub(crate) mod configuration;
pub(crate) mod connection;
pub(crate) mod dispatch;
pub(crate) mod execution;
pub(crate) mod merge;
pub(crate) mod methods;
pub(crate) mod request;
pub(crate) mod scope;
pub(crate) mod script;
pub(crate) mod sending;
pub(crate) mod table;
#[cfg(test)]
mod tests;

#[cfg(feature = "aio")]
pub use self::table::AsyncGearsCommands;
pub use self::{
    args::TriggerArgs,
    configuration::Configuration,
    execution::{Execution, OnDrop},
    script::{Runtime, Script},
    table::{GearsCommands, PipelineGearsCommands},
};
