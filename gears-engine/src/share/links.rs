//! The links to the other primaries, and who has greeted this one.

use std::sync::OnceLock;
use std::time::Duration;

use gears_greeting::Me;
use gears_link::{LinkState, Links, Peer};
use gears_model::message::Message;
use gears_model::{ShardId, Topology};
use gears_server::{Context, LogLevel, log};

use super::access::access;
use crate::cluster;
use crate::config::config;

static LINKS: OnceLock<Links> = OnceLock::new();

/// Returns the links, if there are any.
pub(crate) fn links() -> Option<&'static Links> {
    LINKS.get()
}

/// Says how the links are.
pub(crate) fn states() -> Vec<LinkState> {
    links().map(Links::states).unwrap_or_default()
}

/// Returns who this node is for others.
pub(crate) fn me(context: &Context) -> Me {
    Me {
        id: cluster::shard_id(),
        run: cluster::run_id(context),
    }
}

/// Has a link to each other primary, and none to others.
pub(super) fn follow(context: &Context, topology: &Topology) {
    lead(context, topology, &[]);
}

/// Has links to other primaries that have just come as well, during the command of a client.
///
/// Where the others are depends on who asks since Redis 7.2 and in Valkey: the ports are those for
/// clients like that one. So those that are known stay where they are.
pub(super) fn follow_newcomers(context: &Context, topology: &Topology) {
    lead(context, topology, &states());
}

/// Has a link to each other primary, at the address that is known or that the topology has.
fn lead(context: &Context, topology: &Topology, known: &[LinkState]) {
    let others = topology.others();
    if others.is_empty() && links().is_none() {
        return;
    }
    let access = match access(context) {
        Ok(access) => access,
        Err(error) => {
            log(
                LogLevel::Warning,
                &format!("no links to other shards: {error}"),
            );
            return;
        }
    };
    let Some(links) = started(context) else {
        return;
    };
    let peers = topology
        .shards
        .iter()
        .filter(|shard| others.contains(&shard.id));
    let peers = peers.map(|shard| {
        let known = known.iter().find(|link| link.peer.id == shard.id);
        known.map_or_else(
            || Peer {
                id: shard.id,
                host: shard.host.clone(),
                port: shard.port,
            },
            |known| known.peer.clone(),
        )
    });
    links.follow(peers.collect(), access);
}

/// Makes links to these shards as far as there are none yet; returns one that this node does not
/// know.
pub(crate) fn reach(
    context: &Context,
    mut shards: impl Iterator<Item = ShardId>,
) -> Option<ShardId> {
    let has_link = |known: &[LinkState], shard| known.iter().any(|link| link.peer.id == shard);
    let known = states();
    let unknown = shards.find(|shard| !has_link(&known, *shard))?;
    if let Some(topology) = cluster::look(context) {
        follow_newcomers(context, &topology);
    }
    let known = states();
    std::iter::once(unknown)
        .chain(shards)
        .find(|shard| !has_link(&known, *shard))
}

/// Tries at once to connect to a peer that was started anew.
pub(super) fn hurry(peer: ShardId) {
    if let Some(links) = links() {
        links.hurry(peer);
    }
}

/// Tries at once whether those who let this node in no more do so again.
pub(super) fn retry_refused() {
    if let Some(links) = links() {
        links.retry_refused();
    }
}

fn started(context: &Context) -> Option<&'static Links> {
    if let Some(links) = links() {
        return Some(links);
    }
    let settings = config();
    match Links::start(me(context), settings.cluster_link_memory(), timeout()) {
        Ok(started) => Some(LINKS.get_or_init(|| started)),
        Err(error) => {
            log(
                LogLevel::Warning,
                &format!("there is no thread for links to other shards: {error}"),
            );
            None
        }
    }
}

/// Returns for how long a peer may be away before it counts as lost.
pub(super) fn timeout() -> Duration {
    config().cluster_peer_timeout()
}

/// Says whether there is room for records on the way to a peer: half of the link is kept for what
/// they wait for.
pub(crate) fn has_room(peer: ShardId) -> bool {
    let waiting = links().and_then(|links| links.waiting_bytes(peer));
    waiting.is_none_or(|bytes| bytes < config().cluster_link_memory() / 2)
}

/// Returns how often what waited for a peer was dropped, and how many messages were taken in for
/// it.
pub(crate) fn position(peer: ShardId) -> Option<(u64, u64)> {
    links().and_then(|links| links.position(peer))
}

/// Sends a message to a peer.
///
/// # Errors
///
/// Says why it cannot wait to be sent.
pub(crate) fn send(peer: ShardId, message: &Message) -> Result<(), String> {
    let links = links().ok_or_else(|| format!("there is no link to the shard {peer}"))?;
    links.send(peer, message.encode())
}

/// Sends what nobody waits for; that it could not be sent is only logged.
pub(crate) fn tell(peer: ShardId, message: &Message) {
    if let Err(error) = send(peer, message) {
        log(
            LogLevel::Verbose,
            &format!("a message to a shard is lost: {error}"),
        );
    }
}
