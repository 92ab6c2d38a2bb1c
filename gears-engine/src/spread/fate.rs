//! Which shards are lost to a run, by what the links to them say.

use std::collections::BTreeMap;
use std::time::Instant;

use gears_link::{LinkState, State};
use gears_model::ShardId;

use crate::config::config;
use crate::share::links;

/// How the links stand at a time.
pub(super) struct Peers(BTreeMap<ShardId, Peer>);

struct Peer {
    generation: u64,
    /// How many messages it has, or were dropped.
    done: u64,
    /// Since when there is no connection.
    down: Option<Instant>,
    address: String,
    last_error: Option<String>,
}

/// What is known of a shard.
pub(super) enum Standing {
    Well,
    /// It is lost, for this reason.
    Lost(String),
}

impl Peers {
    /// Looks at the links.
    pub(super) fn now() -> Self {
        let states = links::states().into_iter();
        Self(
            states
                .map(|state| (state.peer.id, Peer::of(state)))
                .collect(),
        )
    }

    /// Says whether a shard has got what was behind this position of the link to it.
    pub(super) fn has_got(&self, shard: ShardId, (generation, place): (u64, u64)) -> bool {
        let peer = self.0.get(&shard);
        peer.is_some_and(|peer| peer.generation == generation && peer.done >= place)
    }

    /// Says whether a shard is lost to what began when what waited for it had been dropped so often,
    /// if that is known.
    pub(super) fn standing(&self, shard: ShardId, generation: Option<u64>) -> Standing {
        let Some(peer) = self.0.get(&shard) else {
            return Standing::Lost("it is no primary of the cluster any more".to_owned());
        };
        if generation.is_some_and(|generation| generation != peer.generation) {
            return Standing::Lost(format!("({}) was started anew meanwhile", peer.address));
        }
        let limit = config().cluster_peer_timeout();
        match peer.down {
            Some(since) if since.elapsed() >= limit => Standing::Lost(match &peer.last_error {
                Some(error) => error.clone(),
                None => format!("there is no connection to {}", peer.address),
            }),
            _ => Standing::Well,
        }
    }
}

impl Peer {
    fn of(state: LinkState) -> Self {
        Self {
            generation: state.generation,
            done: state.taken_in.saturating_sub(state.queued_frames as u64),
            down: (state.state != State::Greeted).then_some(state.since),
            address: format!("{}:{}", state.peer.host, state.peer.port),
            last_error: state.last_error,
        }
    }
}
