//! How shards greet each other: who they are, and that they know the secret of their cluster.
//!
//! Both ends of a link make a [`Greeting`] of what they have told each other, and prove that they know the [`Secret`]. The
//! shard that receives has a [`Reception`], which its commands ask who it is that sends, and what of it is new. Nothing
//! here knows of connections.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod me;
mod proof;
mod reception;
mod secret;

pub use me::Me;
pub use proof::{Greeting, Role, nonce, parse_nonce};
pub use reception::{Accepted, Reception, Taken, Welcome, parse_run};
pub use secret::Secret;

/// The form of what links say to each other. Shards tell theirs when they greet; both use the
/// lower one.
pub const PROTOCOL: u64 = 1;
