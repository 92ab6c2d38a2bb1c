//! A [`Gears`] whose gears run in a process of ours.

use std::sync::{Arc, OnceLock};

use redis::Client;

use super::{Gears, Shared, builder::GearsBuilder, memory::Memory, naming::Plain};
use crate::connect::{
    cluster::Found,
    node::{Limits, Node},
};

impl GearsBuilder {
    /// Makes the [`Gears`] of one node that belongs to no cluster.
    pub(crate) fn build_over(self, node: Arc<Node>) -> Gears {
        Gears {
            shared: Arc::new(Shared {
                seeds: vec![Arc::clone(&node)],
                limits: self.limits,
                found: OnceLock::from(Found::Alone(node)),
                plain: Plain::default(),
                memory: Memory::new(self.register_again),
            }),
            timeouts: self.timeouts,
            only: None,
            naming: self.naming,
        }
    }

    /// Returns what bounds the connections.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the client that connections would be made with.
    pub(crate) fn into_client(self) -> Client {
        self.client
    }
}
