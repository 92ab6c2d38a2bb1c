//! Connections from shard to shard, over the client ports of their servers.
//!
//! The shard that sends has [`Links`]: one connection to each peer, all of them on one thread.
//! The shard that receives has a `Reception` of the crate `gears-greeting`. What is sent are frames, bytes of which
//! nothing here knows more; each of them arrives once and in order as long as both shards go on, and none arrives at a
//! shard that has been started anew.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod connection;
mod failure;
mod greeting;
mod link;
mod links;
mod peer;
mod queue;
mod session;
mod stream;
mod tls;

pub use access::{Access, Tls};
pub use link::{LinkState, State};
pub use links::Links;
pub use peer::Peer;

/// How many bytes a receiver grants at first.
pub const WINDOW: u64 = 256 * 1024;
