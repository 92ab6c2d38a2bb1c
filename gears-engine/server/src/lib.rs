//! The part of the server's module API that we use, made safe.
//!
//! The raw bindings come from the `redis-module` crate; its safe layer is not
//! used (see `docs/decisions/engine-bindings.md`). Nothing outside this crate
//! touches a raw pointer of the server.
//!
//! There is no policy here: what is to become of commands, events and data is said by
//! whoever loads the module, as types that have the traits of this crate.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod after_command;
mod answer;
mod argument;
mod blocked;
pub mod boundary;
mod category;
mod client;
mod cluster_bus;
mod command_info;
mod command_keys;
mod command_list;
mod command_name;
mod config;
mod context;
mod dump;
mod event_loop;
mod filter;
mod forbidden;
pub mod held;
mod info_text;
mod key_place;
mod key_type;
mod keyspace;
mod known;
mod load;
mod measure;
mod nested_script;
mod notification;
mod options;
mod original;
mod own_context;
mod permission;
mod protocol;
mod recent;
mod refusal;
mod replication;
mod reply;
mod scan;
pub mod scripting;
mod server_event;
mod slot;
pub mod text;
mod timer;
mod user;
mod write;

pub use after_command::{INNER_AFTER, do_waiting, do_waiting_by_command};
pub use answer::{Answer, CallFailure};
pub use argument::Arguments;
pub use blocked::BlockedClient;
pub use category::Category;
pub use cluster_bus::BusMessages;
pub use command_info::{CommandInfo, Words};
pub use command_list::{find as command_info, load as load_command_list};
pub use config::Settings;
pub use context::{Context, LogLevel, log};
pub use dump::Records;
pub use event_loop::Turns;
pub use filter::{CommandFilter, INNER_HOOK, Incoming, take_replaced_name};
pub use info_text::{Info, InfoText};
pub use key_type::KeyType;
pub use keyspace::KeyValue;
pub use load::{Command, Loading, REFUSED, load};
pub use measure::note_latency;
pub use notification::KeyEvents;
pub use original::{Original, OriginalReply, Protocol};
pub use own_context::OwnContext;
pub use permission::Caller;
use permission::has_acl_functions;
pub use recent::Recent;
pub use redis_module::raw;
pub use refusal::{Code, Refusal};
pub use reply::{Recorded, Reply};
pub use scan::{Bring, KeyBatch, Scanner, ValueView};
pub use server_event::ServerEvents;
pub use user::{UserName, can_run_as_user};
pub use write::WritesRefused;

/// Calls a function of the module API by its name without the prefix.
///
/// The server fills these pointers in when the module loads. `missing_functions`
/// has checked then that those we rely on are there, so a `None` here is a
/// mistake of ours and ends at the panic boundary.
macro_rules! api {
    ($name:ident($($argument:expr),* $(,)?)) => {
        (crate::raw::$name
            .expect(concat!(stringify!($name), " is not offered by this server")))($($argument),*)
    };
}
use api;
