//! What shards tell each other of runs.

use gears_model::message::{Message, Told};
use gears_model::{Id, ShardId};
use gears_server::Context;

use super::leg::Leg;
use super::{drive, legs};
use crate::cluster;
use crate::execution::executions;
use crate::share::links;

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
    match leg.execution() {
        Some(execution) => drop(execution.abort(|| None)),
        None => drop(leg.abort()),
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

/// Takes a run off the list that has ended.
pub(super) fn forget(run: Id) {
    let listed = executions().with_id(run);
    if listed.is_some_and(|execution| execution.state().has_ended()) {
        executions().forget(run);
    }
}
