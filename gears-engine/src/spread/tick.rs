//! What is looked at again and again while there are runs.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use gears_model::message::Told;
use gears_server::Context;

use super::fate::{Peers, Standing};
use super::leg::Leg;
use super::legs;
use super::told::abort;
use crate::cluster;
use crate::ground::poison::unpoisoned;

/// How often the other shards are told that a run is driven still.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// After so many idle limits without a word, the shard that drives a run is lost.
const SILENT_LIMITS: u32 = 2;

/// Looks after all of them.
pub(super) fn tick(_: &Context) {
    static TOLD: Mutex<Option<Instant>> = Mutex::new(None);
    let all = legs::all();
    if all.is_empty() {
        return;
    }
    let now = Peers::now();
    let mut told = unpoisoned(TOLD.lock());
    let tells = told.is_none_or(|told| told.elapsed() >= HEARTBEAT);
    if tells {
        *told = Some(Instant::now());
    }
    drop(told);
    for leg in all {
        leg.go_on();
        if leg.drives() {
            // Who is lost is seen by what it does not answer.
            if tells {
                leg.tell_others(|_| Told::Driven);
            }
        } else {
            look_after_peers(&leg, &now);
            leg.note_heard(&now);
            if leg.is_over() && leg.is_heard() {
                legs::remove(&leg);
            }
        }
    }
}

/// Tells the shard that drives a run which others are lost, and ends the run when it is lost itself.
fn look_after_peers(leg: &Leg, now: &Peers) {
    let run = leg.place.run;
    let limit = leg.max_idle * SILENT_LIMITS;
    for shard in leg.others() {
        let Standing::Lost(cause) = now.standing(shard, leg.generation(shard)) else {
            continue;
        };
        if shard == run.shard {
            return lose_driver(leg, &cause);
        }
        if !leg.has_lost(shard) {
            leg.lose(shard);
            leg.tell(run.shard, Told::Lost { shard, cause });
        }
    }
    if leg.silence() > limit {
        lose_driver(leg, "it has said nothing for too long");
    }
}

/// Ends a run here whose driver is lost. That one may see this shard still, and tells its client
/// then what has happened.
fn lose_driver(leg: &Leg, cause: &str) {
    let driver = leg.place.run.shard;
    if !leg.has_lost(driver) {
        leg.lose(driver);
        let told = Told::Lost {
            shard: cluster::shard_id(),
            cause: format!("it has lost shard {driver}: {cause}"),
        };
        leg.tell(driver, told);
    }
    abort(leg);
}
