//! A cluster: which node has what, and how commands find their way.
//!
//! [`Gears`](crate::Gears) asks at its first connection whether there is a cluster. If so, a call
//! with a key goes to the node that has the key's slot, one without to the primaries in turn,
//! a listing to all of them. [`journey`] says what is sent again and what is not.

pub(crate) mod address;
pub(crate) mod errand;
pub(crate) mod hidden;
pub(crate) mod journey;
pub(crate) mod refresh;
pub(crate) mod shards;
pub(crate) mod slot;
pub(crate) mod slot_map;

use std::sync::{
    Arc, Mutex, MutexGuard, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use self::slot_map::SlotMap;
use super::{
    node::{Limits, Node},
    poison::unpoisoned,
};

/// What a handle turned out to talk to.
#[derive(Debug)]
pub(crate) enum Found {
    /// One server.
    Alone(Arc<Node>),
    Cluster(Box<Cluster>),
}

/// What a call is sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach<'a> {
    One(&'a Node),
    Many(&'a Cluster),
}

/// The nodes of a cluster, as far as they are known.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Where the handle began, for when all that is known has gone.
    seeds: Vec<Arc<Node>>,
    map: RwLock<Arc<SlotMap>>,
    limits: Limits,
    /// Whose turn it is.
    turn: AtomicUsize,
    refreshing: Mutex<()>,
    #[cfg(feature = "aio")]
    refreshing_async: tokio::sync::Mutex<()>,
}

impl<'a> From<&'a Found> for Reach<'a> {
    fn from(found: &'a Found) -> Self {
        match found {
            Found::Alone(node) => Self::One(node),
            Found::Cluster(cluster) => Self::Many(cluster),
        }
    }
}

impl Cluster {
    fn new(seeds: Vec<Arc<Node>>, map: SlotMap, limits: Limits) -> Self {
        Self {
            seeds,
            map: RwLock::new(Arc::new(map)),
            limits,
            turn: AtomicUsize::new(0),
            refreshing: Mutex::default(),
            #[cfg(feature = "aio")]
            refreshing_async: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the map as it is now.
    pub(crate) fn map(&self) -> Arc<SlotMap> {
        let map = unpoisoned(self.map.read());
        Arc::clone(&map)
    }

    fn replace(&self, map: SlotMap) {
        *unpoisoned(self.map.write()) = Arc::new(map);
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the primary whose turn it is among those that have not failed.
    fn take_turn(&self, map: &SlotMap, failed: &[Arc<Node>]) -> Option<Arc<Node>> {
        let primaries = map.primaries();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..primaries.len())
            .map(|step| &primaries[turn.wrapping_add(step) % primaries.len()].node)
            .find(|node| !failed.iter().any(|failed| Arc::ptr_eq(failed, node)))
            .cloned()
    }

    fn lock_refreshing(&self) -> MutexGuard<'_, ()> {
        unpoisoned(self.refreshing.lock())
    }
}
