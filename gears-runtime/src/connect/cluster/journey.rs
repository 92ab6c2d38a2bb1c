//! The way of one command through a cluster: where it goes, and what happens when that was wrong.
//!
//! Nothing here sends anything, so sync and async calls go the same way.
//!
//! A command is sent again only where it cannot have run already: when no connection could be
//! made, and when a node answered that another one has the slot (`MOVED`, `ASK`). When a
//! connection broke after the command was sent, only commands that read are sent again. A
//! `RG.TRIGGER` is not: its gear may have run, and nobody but the caller knows whether it may
//! run twice. A shard that has just joined says that it does not have the gear yet; that is asked
//! again a moment later, of the next one where any will do.

use std::sync::Arc;

use redis::Value;

use super::{Cluster, address::Address, slot_map::SlotMap};
use crate::{
    connect::node::Node,
    error::{Error, Result},
    server::value::{raw_text, text},
};

/// How often a command is sent on.
const HOPS: usize = 5;

/// What a shard says that has just joined, of a trigger that the others may know.
const INSTALLING: &str = "TRYAGAIN the gears of the cluster are being installed on this shard";

/// Says where a command goes.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// To any primary; they take turns.
    Any,
    /// To the primary that has the slot.
    Slot(u16),
    /// To this node and no other.
    Node(Arc<Node>),
}

/// One command on its way.
pub(crate) struct Journey {
    route: Route,
    /// Whether it may run twice.
    reads: bool,
    hops: usize,
    /// Where a node sent it, and whether that node takes it only with `ASKING`.
    sent_on: Option<(Arc<Node>, bool)>,
    /// What failed to take it.
    failed: Vec<Arc<Node>>,
    error: Option<Error>,
}

/// What became of an attempt.
pub(crate) enum Attempt {
    /// No connection could be made, so nothing was sent.
    Unreached(Error),
    /// The connection broke or the time was over after it was sent.
    Lost(Error),
    Replied(Value),
}

/// Says what is next.
pub(crate) struct Verdict {
    /// Whether the slot map is no longer right.
    pub(crate) is_stale: bool,
    /// Whether the end is for now only, and another attempt a moment later may bring another.
    pub(crate) is_early: bool,
    /// The end; without it, another attempt follows.
    pub(crate) end: Option<Result<Value>>,
}

impl Journey {
    pub(crate) fn new(route: Route, reads: bool) -> Self {
        Self {
            route,
            reads,
            hops: 0,
            sent_on: None,
            failed: Vec::new(),
            error: None,
        }
    }

    /// Returns where to send it now, and whether `ASKING` goes first.
    ///
    /// # Errors
    ///
    /// What failed the last time, when there is nobody else to ask.
    pub(crate) fn target(&mut self, cluster: &Cluster) -> Result<(Arc<Node>, bool)> {
        if let Some(sent_on) = self.sent_on.take() {
            return Ok(sent_on);
        }
        let map = cluster.map();
        let node = match &self.route {
            Route::Node(node) => Some(Arc::clone(node)),
            Route::Slot(slot) => map.owner(*slot).cloned(),
            Route::Any => cluster.take_turn(&map, &self.failed),
        };
        match node {
            Some(node) if !self.has_failed(&node) => Ok((node, false)),
            _ => Err(self.error.take().unwrap_or_else(|| self.nobody(&map))),
        }
    }

    /// Reads what became of an attempt at `node`.
    pub(crate) fn after(
        &mut self,
        cluster: &Cluster,
        node: &Arc<Node>,
        attempt: Attempt,
    ) -> Verdict {
        let attempt = match attempt {
            Attempt::Replied(reply) if is_early(&reply) => {
                return Verdict {
                    is_stale: false,
                    is_early: true,
                    end: Some(Ok(reply)),
                };
            }
            attempt => attempt,
        };
        self.hops += 1;
        let may_go_on = self.hops < HOPS;
        match attempt {
            Attempt::Unreached(error) if may_go_on && error.is_connection() => {
                self.give_up_on(node, error)
            }
            Attempt::Lost(error) if may_go_on && self.reads && error.is_connection() => {
                self.give_up_on(node, error)
            }
            Attempt::Unreached(error) | Attempt::Lost(error) => Verdict {
                is_stale: true,
                is_early: false,
                end: Some(Err(error)),
            },
            Attempt::Replied(Value::ServerError(error)) => {
                let raw = raw_text(&error);
                if may_go_on && let Some((address, asking)) = redirection(&raw, node) {
                    let next = cluster
                        .map()
                        .node_at(&address, node.client(), cluster.limits());
                    if let Ok(next) = next {
                        self.sent_on = Some((next, asking));
                        return Verdict {
                            is_stale: !asking,
                            is_early: false,
                            end: None,
                        };
                    }
                }
                Verdict {
                    is_stale: is_stale(&raw),
                    is_early: false,
                    end: Some(Ok(Value::ServerError(error))),
                }
            }
            Attempt::Replied(reply) => Verdict {
                is_stale: false,
                is_early: false,
                end: Some(Ok(reply)),
            },
        }
    }

    /// Looks for another node, once the map is up to date.
    fn give_up_on(&mut self, node: &Arc<Node>, error: Error) -> Verdict {
        self.failed.push(Arc::clone(node));
        self.error = Some(error);
        Verdict {
            is_stale: true,
            is_early: false,
            end: None,
        }
    }

    fn has_failed(&self, node: &Arc<Node>) -> bool {
        self.failed.iter().any(|failed| Arc::ptr_eq(failed, node))
    }

    fn nobody(&self, map: &SlotMap) -> Error {
        match self.route {
            Route::Slot(slot) => Error::refused(format!(
                "no node of the cluster has the slot {slot}; assign it with `redis-cli --cluster fix`"
            )),
            _ => Error::refused(format!(
                "none of the {} primaries of the cluster can be asked",
                map.primaries().len()
            )),
        }
    }
}

/// Reads where a node sends a command, and whether that is for this once.
fn redirection(raw: &str, from: &Node) -> Option<(Address, bool)> {
    let mut words = raw.split_ascii_whitespace();
    let asking = match words.next()? {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    let address = words.nth(1)?;
    let asked = Address::of(from.client()).map_or_else(|| "127.0.0.1".to_owned(), |at| at.host);
    Some((Address::parse(address, &asked)?, asking))
}

/// Tells whether an error reply says that the cluster has changed.
///
/// A primary that has become a replica still runs what is sent to it; the first write tells.
fn is_stale(raw: &str) -> bool {
    [
        "MOVED",
        "CLUSTERDOWN",
        "MASTERDOWN",
        "UNBLOCKED",
        "READONLY",
    ]
    .iter()
    .any(|code| raw.starts_with(code) || raw.contains("READONLY You can't write"))
}

/// Tells whether a shard does not have its gears yet.
pub(crate) fn is_early(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(error) if raw_text(error) == INSTALLING)
}

/// Tells whether all nodes said yes.
pub(crate) fn is_okay(reply: &Value) -> bool {
    text(reply) == Some("OK")
}
