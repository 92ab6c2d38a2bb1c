//! Where records come from: the six readers, and what each can do.

mod commands;
mod generated;
mod keys;
pub(crate) mod kind;
mod streams;

pub use self::{
    commands::CommandReader,
    generated::{PythonReader, ShardsIdReader},
    keys::{KeysOnlyReader, KeysReader},
    kind::{Commands, Generated, Keys, KeysOnly, Reader, Registers, Runs, ShardIds, Streams},
    streams::StreamReader,
};
