//! Versions of triggers that nobody calls any more, which go by themselves.
//!
//! Replicas take none out, they follow their primary. In a cluster the shard with the smallest
//! name asks the others, as a call of the last moment may not have been told yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gears_model::ShardId;
use gears_model::message::Ask;
use gears_server::Context;

use super::{called, claims, exchange, orders};
use crate::registration::{Registration, Usage, registry};
use crate::{cluster, life, persist};

/// How often is looked for them.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether somebody looks. Changed under the Redis lock only.
static LOOKS: AtomicBool = AtomicBool::new(false);

/// Begins to look, if there are versions: a server without any has no timer for them.
pub(crate) fn start(context: &Context) {
    if !registry().versions().is_empty() && !LOOKS.swap(true, Ordering::Relaxed) {
        context.after(PAUSE, look);
    }
}

fn look(context: &Context) {
    let versions = registry().versions();
    // While others are loaded, there are none for a moment.
    if versions.is_empty() && !context.is_loading() {
        LOOKS.store(false, Ordering::Relaxed);
        return;
    }
    context.after(PAUSE, look);
    if context.is_replica() || context.is_loading() {
        return;
    }
    let peers = cluster::others(context);
    called::tell(&versions, &peers);
    if peers.iter().any(|peer| *peer < cluster::shard_id()) {
        return;
    }
    for version in versions.into_iter().filter(|version| is_over(version)) {
        if peers.is_empty() {
            take_out(context, &version);
        } else if version.usage.as_deref().is_some_and(Usage::may_ask) {
            ask(context, &peers, version);
        }
    }
}

fn is_over(version: &Registration) -> bool {
    version.usage.as_deref().is_some_and(Usage::is_over)
}

/// Takes a version out if no other shard is against it.
fn ask(context: &Context, peers: &[ShardId], version: Arc<Registration>) {
    let question = Ask::Idle(version.id);
    exchange::ask(
        context,
        exchange::next(),
        peers,
        question,
        move |context, answers| {
            let agree = answers.iter().all(|(_, answer)| answer.is_ok());
            // Who registers it again has asked here too, and shall find it.
            let is_wanted = claims::has_session(&version.session.id);
            if agree && !is_wanted && is_over(&version) && !context.is_replica() {
                take_out(context, &version);
            }
        },
    );
}

fn take_out(context: &Context, version: &Registration) {
    let Some(removed) = registry().remove(version.id) else {
        return;
    };
    life::end(&removed, "idle");
    persist::removed(context, &removed, false);
    orders::tell_taken_out(context, &removed.session.id);
}
