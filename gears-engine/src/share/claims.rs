//! What sessions reserve while all shards are asked whether they can be installed.
//!
//! Two shards that register the same at the same moment would refuse each other; so of two
//! claims that is good which the shard with the smaller name has made.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::{Kind, ShardId};

use crate::ground::poison::unpoisoned;
use crate::persist::record::Record;

/// So long a claim is good, if its shard neither leaves nor starts anew: packages may be
/// installed meanwhile.
const LONGEST: Duration = Duration::from_secs(600);

static CLAIMS: Mutex<BTreeMap<Thing, Claim>> = Mutex::new(BTreeMap::new());

/// What can be had once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Session(String),
    Trigger(Vec<u8>),
}

/// Who reserved something, and since when.
struct Claim {
    by: ShardId,
    number: u64,
    since: Instant,
}

/// Reserves what a session needs for the question `number` of a shard.
///
/// # Errors
///
/// Says what another shard is about to register.
pub(super) fn claim(by: ShardId, number: u64, record: &Record) -> Result<(), String> {
    let things = things(record);
    let mut claims = claims();
    for thing in &things {
        if let Some(claim) = claims.get(thing)
            && (claim.by < by || (claim.by == by && claim.number != number))
        {
            let what = match thing {
                Thing::Session(id) => format!("the session {id}"),
                Thing::Trigger(name) => format!("the trigger {}", String::from_utf8_lossy(name)),
            };
            return Err(format!(
                "{what} is being registered from the shard {} at this moment, look whether it is \
                 what you want and try again",
                claim.by
            ));
        }
    }
    for thing in things {
        let since = Instant::now();
        claims.insert(thing, Claim { by, number, since });
    }
    Ok(())
}

/// Says whether all that was reserved for a question is so still.
pub(super) fn holds(by: ShardId, number: u64, record: &Record) -> bool {
    let claims = claims();
    let is_own = |claim: &Claim| (claim.by, claim.number) == (by, number);
    things(record)
        .iter()
        .all(|thing| claims.get(thing).is_some_and(is_own))
}

/// Gives back what was reserved for a question.
pub(super) fn release(by: ShardId, number: u64) {
    claims().retain(|_, claim| (claim.by, claim.number) != (by, number));
}

/// Gives back what a shard reserved that has lost its memory.
pub(super) fn forget_of(by: ShardId) {
    claims().retain(|_, claim| claim.by != by);
}

/// Gives back what nobody will come for any more.
pub(super) fn forget_old(is_member: impl Fn(ShardId) -> bool) {
    claims().retain(|_, claim| claim.since.elapsed() < LONGEST && is_member(claim.by));
}

fn things(record: &Record) -> Vec<Thing> {
    let triggers = record.entries.iter().filter_map(|entry| match &entry.kind {
        Kind::Trigger { name, .. } => Some(Thing::Trigger(name.clone())),
        Kind::Keys(_) | Kind::Stream(_) | Kind::Hook { .. } => None,
    });
    let session = Thing::Session(record.session.id.clone());
    [session].into_iter().chain(triggers).collect()
}

fn claims() -> MutexGuard<'static, BTreeMap<Thing, Claim>> {
    unpoisoned(CLAIMS.lock())
}
