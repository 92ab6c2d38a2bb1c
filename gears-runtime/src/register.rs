//! Registration: what a server has of the gears of this binary, and what to send so that it has them.

pub(crate) mod binary;
pub(crate) mod everywhere;
pub(crate) mod held;
mod held_library;
mod idle;
pub(crate) mod installing;
mod library;
pub(crate) mod options;
pub(crate) mod orphan;
pub(crate) mod plan;
pub(crate) mod remembered;
pub(crate) mod report;
pub(crate) mod setup;
pub(crate) mod sight;
pub(crate) mod watch;

#[cfg(feature = "aio")]
pub use self::binary::asynchronous::{
    plan_all_async, plan_async, prune_async, register_all_async, register_async,
    register_where_async, unregister_all_async, unregister_async,
};
pub use self::{
    binary::{
        plan, plan_all, prune, register, register_all, register_where, unregister, unregister_all,
    },
    options::{Options, Prune},
    orphan::Orphan,
    report::{Change, Registered, Removal, Report, Unregistered},
    watch::Watch,
};
