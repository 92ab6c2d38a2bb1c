//! What the engine knows of functions: plain data.
//!
//! Nothing here knows Python, and nothing asks a server but for what it says of its
//! commands: what is here can be cloned, compared, sent and stored.

#![warn(clippy::expect_used, clippy::unwrap_used)]

mod command_name;
mod edition;
mod event_name;
mod hook;
mod id;
mod in_hand;
mod key_events;
mod kind;
mod latency;
mod ledger;
mod load;
pub mod message;
mod mode;
mod on_full;
pub mod plan;
mod queue;
mod script;
mod slot;
mod state;
mod statistics;
mod stream;
mod suggestion;
mod topology;
mod trouble;
mod version;
pub mod wire;

pub use command_name::{CommandName, check_hookable};
pub use edition::Edition;
pub use event_name::check_event;
pub use hook::Hook;
pub use id::{Id, ShardId};
pub use in_hand::InHand;
pub use key_events::{KeyEvents, Prefix};
pub use kind::Kind;
pub use latency::Histogram;
pub use ledger::{Ledger, Mark};
pub use load::Load;
pub use mode::Mode;
pub use on_full::OnFull;
pub use queue::Queue;
pub use script::Script;
pub use slot::{SLOTS, slot_of, tag_of};
pub use state::State;
pub use statistics::{End, Statistics};
pub use stream::{BatchEnd, FailurePolicy, Status, Stream, StreamOptions};
pub use suggestion::{hint, nearest};
pub use topology::{Shard, Topology};
pub use trouble::Trouble;
pub use version::Version;
