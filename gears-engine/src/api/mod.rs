//! The part of the server's module API that we use, made safe.
//!
//! The raw bindings come from the `redis-module` crate; its safe layer is not
//! used (see `docs/decisions/engine-bindings.md`). Nothing outside this folder
//! touches a raw pointer of the server.

mod after_command;
mod answer;
mod argument;
mod blocked;
mod category;
mod client;
mod command_keys;
mod config;
mod context;
mod dump;
mod filter;
mod forbidden;
mod info_text;
mod keyspace;
mod known;
mod load;
mod measure;
mod nested_script;
mod notification;
mod options;
mod original;
mod permission;
mod protocol;
mod replication;
mod reply;
mod scan;
mod server_event;
mod slot;
mod timer;
mod user;
mod write;

pub(crate) use after_command::{INNER_AFTER, do_waiting, do_waiting_by_command};
pub(crate) use answer::{Answer, CallFailure};
pub(crate) use argument::Arguments;
pub(crate) use blocked::BlockedClient;
pub(crate) use category::Category;
pub(crate) use context::{Context, LogLevel, log};
pub(crate) use filter::{INNER_HOOK, Incoming, take_replaced_name};
pub(crate) use info_text::InfoText;
pub(crate) use keyspace::KeyValue;
pub(crate) use load::{Command, Loading, missing_functions};
pub(crate) use measure::note_latency;
pub(crate) use original::{Original, OriginalReply, Protocol};
pub(crate) use permission::Caller;
use permission::has_acl_functions;
pub(crate) use redis_module::raw;
pub(crate) use reply::{Recorded, Reply};
pub(crate) use scan::{Bring, KeyBatch, Scanner, ValueView};
pub(crate) use user::{UserName, can_run_as_user};
pub(crate) use write::{READ_ONLY, WritesRefused};

/// Calls a function of the module API by its name without the prefix.
///
/// The server fills these pointers in when the module loads. `missing_functions`
/// has checked then that those we rely on are there, so a `None` here is a
/// mistake of ours and ends at the panic boundary.
macro_rules! api {
    ($name:ident($($argument:expr),* $(,)?)) => {
        (crate::api::raw::$name
            .expect(concat!(stringify!($name), " is not offered by this server")))($($argument),*)
    };
}
pub(crate) use api;
