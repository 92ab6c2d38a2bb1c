//! What is looked at again and again, as long as the server is a node of a cluster.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use gears_link::State;
use gears_server::Context;

use super::{claims, exchange, inbox, links, news, reception, secret};
use crate::cluster;

/// How often.
const PAUSE: Duration = Duration::from_millis(100);

/// Every so many times, the cluster itself is looked at.
const SECOND: u64 = 10;

/// Every so many times, those hear it who wait for an answer that is being worked on.
const ALIVE: u64 = 2;

/// Begins to look, on a node of a cluster.
pub(crate) fn start(context: &Context) {
    if context.is_in_cluster() {
        context.after(PAUSE, tick);
    }
}

fn tick(context: &Context) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static IS_PRIMARY: AtomicBool = AtomicBool::new(false);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    if count.is_multiple_of(SECOND) {
        if let Some(topology) = cluster::look(context) {
            links::follow(context, &topology);
            reception::forget_others(&topology);
            let is_primary = topology.me == topology.own;
            if IS_PRIMARY.swap(is_primary, Ordering::Relaxed) != is_primary {
                // Another server was the primary until now, which may have known more.
                news::doubt();
            }
            claims::forget_old(|shard| topology.has(shard));
        }
        let states = links::states();
        let waits = states.iter().any(|link| link.state != State::Greeted);
        if waits || count.is_multiple_of(10 * SECOND) {
            secret::tell(context);
        }
    }
    if count.is_multiple_of(ALIVE) {
        inbox::tell_alive();
    }
    news::tell(context, count.is_multiple_of(10 * SECOND));
    exchange::give_up_lost(context);
    inbox::tick_runs(context);
    context.after(PAUSE, tick);
}
