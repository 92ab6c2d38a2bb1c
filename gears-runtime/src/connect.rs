//! Connections: to one server, to a cluster, sync and async, and [`Gears`] over them all.

pub(crate) mod cluster;
pub(crate) mod failure;
pub(crate) mod gears;
#[cfg(feature = "aio")]
pub(crate) mod multiplexed;
pub(crate) mod node;
pub(crate) mod overseer;
pub(crate) mod poison;
pub(crate) mod pool;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod way;

pub use self::{
    gears::{Gears, builder::GearsBuilder, redis_connection::RedisConnection},
    way::{ToServer, kept::ToGears},
};
