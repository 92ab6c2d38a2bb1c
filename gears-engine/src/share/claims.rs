//! What sessions reserve while all shards are asked whether they can be installed.
//!
//! Two shards that register the same at the same moment would refuse each other; so of two
//! claims that is good which the shard with the smaller name has made.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::ShardId;

use crate::ground::poison::unpoisoned;
use crate::persist::record::Record;

/// So long a claim is good, if its shard neither leaves nor starts anew: packages may be
/// installed meanwhile.
const LONGEST: Duration = Duration::from_secs(600);

static CLAIMS: Mutex<Vec<(Thing, Claim)>> = Mutex::new(Vec::new());

/// What can be had once.
#[derive(Clone, PartialEq, Eq)]
enum Thing {
    Session(String),
    Trigger(Vec<u8>),
    /// The plain name of several versions, which they have together.
    Versions(Vec<u8>),
}

impl Thing {
    fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Trigger(name), Self::Versions(of))
            | (Self::Versions(of), Self::Trigger(name)) => name == of,
            (Self::Versions(_), Self::Versions(_)) => false,
            _ => self == other,
        }
    }
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
    let collides = |claimed: &Thing| things.iter().any(|thing| thing.collides(claimed));
    let mut claims = claims();
    let earlier = claims.iter().find(|(claimed, claim)| {
        collides(claimed) && (claim.by < by || (claim.by == by && claim.number != number))
    });
    if let Some((claimed, claim)) = earlier {
        let what = match claimed {
            Thing::Session(id) => format!("the session {id}"),
            Thing::Trigger(name) | Thing::Versions(name) => {
                format!("the trigger {}", String::from_utf8_lossy(name))
            }
        };
        return Err(format!(
            "{what} is being registered from the shard {} at this moment, look whether it is \
             what you want and try again",
            claim.by
        ));
    }
    claims.retain(|(claimed, _)| !collides(claimed));
    let since = Instant::now();
    let claim = || Claim { by, number, since };
    claims.extend(things.into_iter().map(|thing| (thing, claim())));
    Ok(())
}

/// Says whether a session is about to be registered.
pub(super) fn has_session(session: &str) -> bool {
    let is_it = |thing: &Thing| matches!(thing, Thing::Session(id) if id == session);
    claims().iter().any(|(claimed, _)| is_it(claimed))
}

/// Says whether all that was reserved for a question is so still.
pub(super) fn holds(by: ShardId, number: u64, record: &Record) -> bool {
    let claims = claims();
    let has = |thing: &Thing| {
        claims
            .iter()
            .any(|(claimed, claim)| claimed == thing && (claim.by, claim.number) == (by, number))
    };
    things(record).iter().all(has)
}

/// Gives back what was reserved for a question.
pub(super) fn release(by: ShardId, number: u64) {
    claims().retain(|(_, claim)| (claim.by, claim.number) != (by, number));
}

/// Gives back what a shard reserved that has lost its memory.
pub(super) fn forget_of(by: ShardId) {
    claims().retain(|(_, claim)| claim.by != by);
}

/// Gives back what nobody will come for any more.
pub(super) fn forget_old(is_member: impl Fn(ShardId) -> bool) {
    claims().retain(|(_, claim)| claim.since.elapsed() < LONGEST && is_member(claim.by));
}

fn things(record: &Record) -> Vec<Thing> {
    let session = Thing::Session(record.session.id.clone());
    let names = record.entries.iter().flat_map(|entry| {
        let own = entry.kind.own_name();
        let own = own.map(|name| Thing::Trigger(name.into_owned()));
        let shared = entry.kind.shared_name();
        own.into_iter()
            .chain(shared.map(|name| Thing::Versions(name.to_owned())))
    });
    [session].into_iter().chain(names).collect()
}

fn claims() -> MutexGuard<'static, Vec<(Thing, Claim)>> {
    unpoisoned(CLAIMS.lock())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_share_their_plain_name_with_each_other_alone() {
        let trigger = Thing::Trigger(b"a".to_vec());
        let versions = Thing::Versions(b"a".to_vec());
        let session = Thing::Session("a".to_owned());
        assert!(trigger.collides(&trigger) && session.collides(&session));
        assert!(trigger.collides(&versions) && versions.collides(&trigger));
        assert!(!versions.collides(&versions) && !session.collides(&trigger));
        assert!(!versions.collides(&Thing::Trigger(b"b".to_vec())));
    }
}
