//! What the tests of this package share: servers to test against, and a plain client.
//!
//! A test gets a [`TestServer`] of its own, which ends with it. With `GEARS_URL` in the
//! environment all tests share the server there; they then use names of their own and take
//! out what they registered. With `GEARS_AS=1.0.6`, or another version, their own servers pass
//! themselves off as that RedisGears.

mod allocations;
mod authority;
mod bare;
mod client;
mod cluster;
mod counted;
mod cut;
mod front;
mod lack;
mod mask;
mod meddler;
mod numbers;
mod process;
mod prometheus;
mod redgrease;
mod relay;
mod server;
pub mod shelf;
pub mod shop;
mod signals;
mod stand_in;
mod stored;
mod terminal;
mod valkey;
mod wait;
mod wheel;
mod wheelhouse;

pub use allocations::{CountingAllocator, allocations};
pub use authority::Authority;
pub use bare::BarePython;
pub use client::{Client, field, show};
pub use cluster::{ClusterPlan, TestCluster};
pub use counted::CountedFront;
pub use cut::CutFront;
pub use front::TlsFront;
pub use lack::{unless_cut, unless_lacking};
pub use mask::Mask;
pub use meddler::{Meddler, Way};
pub use numbers::Numbers;
pub use process::{kill, lives, terminate};
pub use prometheus::{Figures, Metric};
pub use redgrease::RedGrease;
pub use relay::Relay;
pub use server::TestServer;
pub use signals::{deaf, hear_signals};
pub use stand_in::StandIn;
pub use stored::{seal_again, stored_records, without_checksum};
pub use terminal::Terminal;
pub use valkey::{valkey, valkey_server};
pub use wait::{DEADLINE, LONG_DEADLINE, until, until_within};
pub use wheel::wheel;
pub use wheelhouse::Wheelhouse;

/// Sends a command made of anything that is bytes, and returns the reply as [`show`] writes it.
///
/// ```ignore
/// assert_eq!(ask!(client, "SET", key, b"\xff"), "+OK");
/// ```
#[macro_export]
macro_rules! ask {
    ($client:expr, $($word:expr),+ $(,)?) => {
        $client.ask(&[$(::core::convert::AsRef::<[u8]>::as_ref(&$word)),+])
    };
}
