//! What a cluster shares: one registry on all its shards.
//!
//! Each primary has a link to each other one ([links]), by which it tells what it has
//! ([news]), asks for something ([exchange]) and answers ([inbox]). All of that happens on the
//! server's main thread; nobody waits there. A server that is alone does none of it.

pub(crate) mod access;
mod called;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod exchange;
pub(crate) mod idle;
pub(crate) mod inbox;
pub(crate) mod install;
pub(crate) mod links;
pub(crate) mod news;
pub(crate) mod orders;
pub(crate) mod reception;
pub(crate) mod secret;
pub(crate) mod tick;
