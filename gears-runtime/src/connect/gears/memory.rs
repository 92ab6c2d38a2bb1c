//! What was registered over a connection, so that it can be put back when the server has forgotten it.

use std::{
    any::Any,
    sync::{
        Arc, Mutex, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use redis::{Client, ConnectionAddr};

use super::{Gears, Shared};
use crate::{
    connect::{cluster::Found, poison::unpoisoned},
    error::Result,
    gear::{descriptor::Gear, naming::Naming},
};

/// Those whose memory holds something, for when a server is told to forget on purpose.
static REMEMBERING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// A future that whoever is above makes.
#[cfg(feature = "aio")]
pub(crate) type Restoring<'a> = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// What can be put back on a server: registration stands above connections, and says how.
pub(crate) trait Restore: Any + Send + Sync {
    /// Tells whether a gear is part of it under these names.
    fn has(&self, gear: &Gear, naming: &Naming) -> bool;

    /// Returns what is left without these gears that have this prefix.
    fn without(&self, gears: &[&'static Gear], prefix: &str) -> Arc<dyn Restore>;

    /// Puts back what the server lacks.
    fn restore(&self, gears: &Gears) -> Result<()>;

    /// Puts back what the server lacks, as [`restore`](Self::restore) does.
    #[cfg(feature = "aio")]
    fn restore_async<'a>(&'a self, gears: &'a Gears) -> Restoring<'a>;
}

/// What was registered over the connections that share it.
pub(crate) struct Memory {
    /// Whether calls put it back by themselves.
    answers: bool,
    held: RwLock<Option<Arc<dyn Restore>>>,
    /// How often it was tried to put it back: who was refused before the last time need not try.
    attempts: AtomicU64,
    trying: Mutex<()>,
    #[cfg(feature = "aio")]
    trying_async: tokio::sync::Mutex<()>,
}

impl Memory {
    pub(super) fn new(answers: bool) -> Self {
        Self {
            answers,
            held: RwLock::default(),
            attempts: AtomicU64::default(),
            trying: Mutex::default(),
            #[cfg(feature = "aio")]
            trying_async: tokio::sync::Mutex::default(),
        }
    }

    fn held(&self) -> Option<Arc<dyn Restore>> {
        unpoisoned(self.held.read()).clone()
    }
}

impl Gears {
    /// Remembers what was registered, made of what was remembered before.
    pub(crate) fn remember(&self, hold: impl FnOnce(Option<Arc<dyn Restore>>) -> Arc<dyn Restore>) {
        let mut held = unpoisoned(self.shared.memory.held.write());
        *held = Some(hold(held.take()));
        drop(held);
        let mut all = unpoisoned(REMEMBERING.lock());
        all.retain(|shared| shared.strong_count() > 0);
        let own = Arc::downgrade(&self.shared);
        if !all.iter().any(|shared| shared.ptr_eq(&own)) {
            all.push(own);
        }
    }

    /// Returns how often it was tried so far to put back what the server forgot.
    pub(crate) fn attempts(&self) -> u64 {
        self.shared.memory.attempts.load(Ordering::Acquire)
    }

    /// Tells whether a gear was registered over these connections, and is to be put back.
    pub(crate) fn remembers(&self, gear: &Gear) -> bool {
        let memory = &self.shared.memory;
        memory.answers
            && memory
                .held()
                .is_some_and(|held| held.has(gear, &self.naming))
    }

    /// Puts back what was registered, unless somebody has tried to since there were so many `attempts`.
    ///
    /// # Errors
    ///
    /// Those of registration.
    pub(crate) fn restore(&self, attempts: u64) -> Result<()> {
        let memory = &self.shared.memory;
        let Some(held) = memory.held() else {
            return Ok(());
        };
        let _trying = unpoisoned(memory.trying.lock());
        if self.attempts() != attempts {
            return Ok(());
        }
        let restored = held.restore(&self.whole());
        memory.attempts.fetch_add(1, Ordering::Release);
        restored
    }

    /// Puts back what was registered, as [`restore`](Self::restore) does.
    ///
    /// # Errors
    ///
    /// As [`restore`](Self::restore).
    #[cfg(feature = "aio")]
    pub(crate) async fn restore_async(&self, attempts: u64) -> Result<()> {
        let memory = &self.shared.memory;
        let Some(held) = memory.held() else {
            return Ok(());
        };
        let _trying = memory.trying_async.lock().await;
        if self.attempts() != attempts {
            return Ok(());
        }
        let restored = held.restore_async(&self.whole()).await;
        memory.attempts.fetch_add(1, Ordering::Release);
        restored
    }

    /// Returns the connection to all nodes, if this is one to a node alone.
    fn whole(&self) -> Self {
        Self {
            only: None,
            ..self.clone()
        }
    }
}

/// Forgets these gears with this prefix wherever that may be on the server that `over` leads to; anywhere, if nobody knows.
///
/// What a program takes out on purpose, no other connection of it puts back.
pub(crate) fn forget(over: Option<&Gears>, gears: &[&'static Gear], prefix: &str) {
    let addresses = over.map(|gears| gears.shared.addresses());
    let all = unpoisoned(REMEMBERING.lock());
    for shared in all.iter().filter_map(Weak::upgrade) {
        let may_be_meant = addresses.as_deref().is_none_or(|those| {
            let own = shared.addresses();
            own.iter()
                .any(|own| those.iter().any(|other| may_be_same(own, other)))
        });
        if may_be_meant {
            let mut held = unpoisoned(shared.memory.held.write());
            *held = held.take().map(|held| held.without(gears, prefix));
        }
    }
}

impl Shared {
    /// Returns where the nodes are that are known.
    fn addresses(&self) -> Vec<ConnectionAddr> {
        let of = |client: &Client| client.get_connection_info().addr().clone();
        let mut all: Vec<_> = self.seeds.iter().map(|node| of(node.client())).collect();
        if let Some(Found::Cluster(cluster)) = self.found.get() {
            let map = cluster.map();
            all.extend(
                map.primaries()
                    .iter()
                    .map(|primary| of(primary.node.client())),
            );
        }
        all
    }
}

/// Tells whether two addresses may be of one server: hosts have many names, ports and paths seldom.
fn may_be_same(one: &ConnectionAddr, other: &ConnectionAddr) -> bool {
    let port = |address: &ConnectionAddr| match address {
        ConnectionAddr::Tcp(_, port) | ConnectionAddr::TcpTls { port, .. } => Some(*port),
        _ => None,
    };
    match (one, other) {
        (ConnectionAddr::Unix(one), ConnectionAddr::Unix(other)) => one == other,
        _ => match (port(one), port(other)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_surely_is_another_server() {
        let at = |url: &str| {
            Client::open(url)
                .unwrap()
                .get_connection_info()
                .addr()
                .clone()
        };
        let is_same = |one: &str, other: &str| may_be_same(&at(one), &at(other));
        assert!(is_same(
            "redis://localhost:7000/",
            "redis://127.0.0.1:7000/"
        ));
        assert!(!is_same(
            "redis://localhost:7000/",
            "redis://localhost:7001/"
        ));
        assert!(is_same("unix:///tmp/a.sock", "redis://localhost/"));
        assert!(is_same("unix:///tmp/a.sock", "unix:///tmp/a.sock"));
        assert!(!is_same("unix:///tmp/a.sock", "unix:///tmp/b.sock"));
    }
}
