//! The cluster that the server is a node of, as it sees it itself.

pub(crate) mod elsewhere;

use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use gears_model::{Id, Shard, ShardId, Topology, tag_of};
use gears_server::{Answer, Context, LogLevel, log};

use crate::ground::poison::unpoisoned;

/// For how long what was seen is relied on, without looking again.
const FRESH: Duration = Duration::from_millis(100);

/// What was seen last; nothing on a server that is alone.
static SEEN: RwLock<Option<Seen>> = RwLock::new(None);

struct Seen {
    at: Instant,
    topology: Arc<Topology>,
}

/// Looks who is in the cluster; nothing on a server that is alone.
pub(crate) fn look(context: &Context) -> Option<Arc<Topology>> {
    if !context.is_in_cluster() {
        return None;
    }
    let Some(topology) = context
        .cluster_nodes()
        .and_then(|nodes| Topology::parse(&nodes))
    else {
        log(
            LogLevel::Warning,
            "the server does not say who is in its cluster (CLUSTER NODES): what was seen before is used",
        );
        return seen().map(|(_, topology)| topology);
    };
    let topology = Arc::new(topology);
    let mut seen = unpoisoned(SEEN.write());
    *seen = Some(Seen {
        at: Instant::now(),
        topology: Arc::clone(&topology),
    });
    Some(topology)
}

/// Says who is in the cluster, which it knows or looks at; nothing on a server that is alone.
pub(crate) fn topology(context: &Context) -> Option<Arc<Topology>> {
    match seen() {
        Some((at, topology)) if at.elapsed() < FRESH => Some(topology),
        _ => look(context),
    }
}

/// Returns the other primaries, if this node is one.
pub(crate) fn others(context: &Context) -> Vec<ShardId> {
    topology(context).map_or_else(Vec::new, |topology| topology.others())
}

/// Says whether this node is a primary beside others, as far as was seen last.
pub(crate) fn has_others() -> bool {
    seen().is_some_and(|(_, topology)| !topology.others().is_empty())
}

/// Says whether what is asked of all shards concerns others than this node, as far as was seen
/// last. A replica has a part of the keys, and refuses it.
pub(crate) fn is_shared() -> bool {
    seen().is_some_and(|(_, topology)| is_replica(&topology) || !topology.others().is_empty())
}

/// Says whether this node follows another one.
pub(crate) fn is_replica(topology: &Topology) -> bool {
    topology.me != topology.own
}

/// Says whether the server is a node of no cluster, which does not change while it runs.
pub(crate) fn is_alone() -> bool {
    seen().is_none()
}

/// Returns the name of this node.
pub(crate) fn shard_id() -> ShardId {
    seen().map_or(ShardId::ALONE, |(_, topology)| topology.me)
}

/// Returns a text that hashes to a slot of this shard: that of its lowest one. A server that is
/// alone has all slots.
///
/// # Errors
///
/// Says that the shard serves no slot.
pub(crate) fn own_tag(topology: Option<&Topology>) -> Result<&'static str, String> {
    let Some(topology) = topology else {
        return Ok(tag_of(0));
    };
    let bounds = topology.shard(topology.own).and_then(Shard::bounds);
    bounds.map(|(lowest, _)| tag_of(lowest)).ok_or_else(|| {
        format!(
            "the shard {} serves no slot, so that no text hashes to one of it: move slots to it \
             (redis-cli --cluster reshard)",
            topology.own
        )
    })
}

/// Returns the id of what has this number here.
pub(crate) fn id(number: u64) -> Id {
    Id {
        number,
        shard: shard_id(),
    }
}

/// Returns the name of this run of the server, which is another one after each start.
pub(crate) fn run_id(context: &Context) -> String {
    static RUN_ID: OnceLock<String> = OnceLock::new();
    let told = || match context.ask(c"INFO", &[b"server"]) {
        Some(Answer::Text(info)) => String::from_utf8_lossy(&info)
            .lines()
            .find_map(|line| line.strip_prefix("run_id:").map(str::to_owned)),
        _ => None,
    };
    match RUN_ID.get() {
        Some(known) => known.clone(),
        None => told().map_or_else(String::new, |told| RUN_ID.get_or_init(|| told).clone()),
    }
}

fn seen() -> Option<(Instant, Arc<Topology>)> {
    let seen = unpoisoned(SEEN.read());
    let seen = seen.as_ref()?;
    Some((seen.at, Arc::clone(&seen.topology)))
}
