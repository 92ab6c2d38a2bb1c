//! What shards tell each other of runs.

use std::time::{Duration, Instant};

use gears_model::message::{Message, Told};
use gears_model::{Id, ShardId};
use gears_server::Context;

use super::leg::Leg;
use super::{drive, legs};
use crate::cluster;
use crate::config::config;
use crate::execution::executions;
use crate::share::{inbox, links};

/// Takes what another shard tells of a run. What comes for one that has ended is of no use.
pub(super) fn hear(_: &Context, peer: ShardId, run: Id, told: Told) {
    let Some(leg) = legs::find(run) else {
        return;
    };
    match told {
        Told::Abort => abort(&leg),
        Told::Lost { shard, cause } if leg.drives() => drive::lose(&leg, shard, cause),
        // Only the shard that drives a run decides that.
        Told::Lost { shard, .. } if peer == run.shard => leg.lose(shard),
        told => leg.hear(peer, told),
    }
}

/// Ends a run here, as whoever may has aborted it.
pub(super) fn abort(leg: &Leg) {
    if let Some((_, prepared)) = legs::take_prepared(leg.place.run) {
        // It has not begun.
        prepared.end();
        legs::remove(leg);
        return;
    }
    if !leg.drives() {
        // The shard that drives it has said so, or is lost: it need not be told, who would take
        // that for the word of a client.
        leg.abort();
    }
    let execution = leg.execution();
    // One that has not begun, or has ended, does not end its leg.
    if !execution.is_some_and(|execution| execution.abort(|| None)) {
        leg.abort();
    }
    if leg.is_over() {
        legs::remove(leg);
    }
}

/// Has the shard that drives a run abort it, and with it all others.
pub(crate) fn abort_driver(run: Id) {
    if run.shard != cluster::shard_id() {
        links::tell(run.shard, &Message::OfRun(run, Told::Abort));
    }
}

/// How soon is looked again whether a run has ended here.
const LOOK: Duration = Duration::from_millis(20);

/// Takes a run off the list that has ended. On the shard that says so it may have ended a moment
/// earlier than here.
pub(super) fn forget(context: &Context, peer: ShardId, number: u64, run: Id) {
    forget_at_end(context, peer, number, run, Instant::now());
}

fn forget_at_end(context: &Context, peer: ShardId, number: u64, run: Id, since: Instant) {
    match executions().with_id(run) {
        Some(listed) if listed.state().has_ended() => executions().forget(run),
        Some(_) if since.elapsed() < config().cluster_peer_timeout() => {
            return context.after(LOOK, move |context| {
                forget_at_end(context, peer, number, run, since);
            });
        }
        _ => {}
    }
    inbox::answer(peer, number, Ok(Vec::new()));
}
