//! Finding out what a server belongs to, and how the cluster looks by now.

use std::{sync::Arc, time::Duration};

use redis::Value;

use super::{Cluster, Found, hidden, slot_map::SlotMap};
use crate::{
    connect::{
        node::{Limits, Node},
        pool::Purpose,
    },
    error::{Error, Result},
};

const ASKING: Purpose<'static> = Purpose::Send("CLUSTER SLOTS");
const GREETING: Purpose<'static> = Purpose::Send("HELLO");

/// Finds out from the first of these servers that answers.
///
/// The inner error is the place of a server in a cluster that nobody gave slots yet: it is used
/// as one that is alone, and asked again at the next call.
pub(crate) fn discover(
    seeds: &[Arc<Node>],
    limits: Limits,
    patience: Duration,
) -> Result<Result<Found, usize>> {
    let mut failure = None;
    for (place, seed) in seeds.iter().enumerate() {
        let asked = seed.checkout_and_ask(patience, &SlotMap::question(), ASKING);
        let (connection, reply) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        let server = connection.server();
        drop(connection);
        if let Some(denial) = hidden::denial(&reply) {
            let (_, properties) = seed.checkout_and_ask(patience, &hidden::question(), GREETING)?;
            if hidden::is_node(&properties) {
                return Err(hidden::refusal(denial));
            }
        }
        let map = SlotMap::from_reply(&reply, seed, server, None, limits)?;
        return Ok(found(place, seeds, &reply, map, limits));
    }
    Err(nobody(failure))
}

/// Finds out from the first of these servers that answers, async.
#[cfg(feature = "aio")]
pub(crate) async fn discover_async(
    seeds: &[Arc<Node>],
    limits: Limits,
) -> Result<Result<Found, usize>> {
    let mut failure = None;
    for (place, seed) in seeds.iter().enumerate() {
        let question = SlotMap::question();
        let asked = seed.checkout_and_ask_async(&question, ASKING).await;
        let (connection, reply) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        let server = connection.server();
        drop(connection);
        if let Some(denial) = hidden::denial(&reply) {
            let question = hidden::question();
            let (_, properties) = seed.checkout_and_ask_async(&question, GREETING).await?;
            if hidden::is_node(&properties) {
                return Err(hidden::refusal(denial));
            }
        }
        let map = SlotMap::from_reply(&reply, seed, server, None, limits)?;
        return Ok(found(place, seeds, &reply, map, limits));
    }
    Err(nobody(failure))
}

fn found(
    place: usize,
    seeds: &[Arc<Node>],
    reply: &Value,
    map: Option<SlotMap>,
    limits: Limits,
) -> Result<Found, usize> {
    match (map, reply) {
        (Some(map), _) => Ok(Found::Cluster(Box::new(Cluster::new(
            seeds.to_vec(),
            map,
            limits,
        )))),
        (None, Value::Array(_)) => Err(place),
        (None, _) => Ok(Found::Alone(Arc::clone(&seeds[place]))),
    }
}

fn nobody(failure: Option<Error>) -> Error {
    failure.unwrap_or_else(|| Error::configuration("there is no server to connect to"))
}

impl Cluster {
    /// Brings the map up to date, unless somebody else did since `seen`.
    ///
    /// # Errors
    ///
    /// No node answers; the map stays as it is.
    pub(crate) fn refresh(&self, seen: u64) -> Result<()> {
        let _one_at_a_time = self.lock_refreshing();
        let before = self.map();
        if before.version != seen {
            return Ok(());
        }
        let mut failure = None;
        for node in self.witnesses(&before) {
            let asked = node
                .checkout_and_ask(self.limits.connect_timeout, &SlotMap::question(), ASKING)
                .and_then(|(connection, reply)| {
                    let server = connection.server();
                    SlotMap::from_reply(&reply, &node, server, Some(&before), self.limits)
                });
            match asked {
                Ok(Some(map)) => {
                    self.replace(map);
                    return Ok(());
                }
                // It has left the cluster.
                Ok(None) => {}
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        Err(nobody(failure))
    }

    /// Brings the map up to date, as [`refresh`](Self::refresh) does.
    #[cfg(feature = "aio")]
    pub(crate) async fn refresh_async(&self, seen: u64) -> Result<()> {
        let _one_at_a_time = self.refreshing_async.lock().await;
        let before = self.map();
        if before.version != seen {
            return Ok(());
        }
        let mut failure = None;
        for node in self.witnesses(&before) {
            let asked = async {
                let question = SlotMap::question();
                let asked = node.checkout_and_ask_async(&question, ASKING);
                let (connection, reply) = asked.await?;
                let server = connection.server();
                SlotMap::from_reply(&reply, &node, server, Some(&before), self.limits)
            };
            match asked.await {
                Ok(Some(map)) => {
                    self.replace(map);
                    return Ok(());
                }
                // It has left the cluster.
                Ok(None) => {}
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        Err(nobody(failure))
    }

    /// Returns who may know how the cluster looks: primaries, replicas, then where we began.
    fn witnesses(&self, map: &SlotMap) -> Vec<Arc<Node>> {
        let mut witnesses: Vec<Arc<Node>> = map.nodes().cloned().collect();
        for seed in &self.seeds {
            if !witnesses.iter().any(|node| Arc::ptr_eq(node, seed)) {
                witnesses.push(Arc::clone(seed));
            }
        }
        witnesses
    }
}
