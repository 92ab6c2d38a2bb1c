//! How shards find out that they differ, and come to agree: whoever has other sessions than
//! another tells what it has, and gets what is later.
//!
//! It makes up for all that was missed, whatever the cause: a shard that was away, that joins or
//! was promoted, a message that got lost.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use gears_link::State;
use gears_model::message::{Change, Message};
use gears_model::{Ledger, ShardId};
use gears_server::Context;

use super::{changes, links};
use crate::cluster;
use crate::ground::poison::unpoisoned;
use crate::persist::store;

/// So many bytes of records make a message.
const PIECE: usize = 128 * 1024;

/// The digest that the peers were told last.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// The digest at the last look.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Whether what is here was compared with what another shard has.
static IS_COMPARED: AtomicBool = AtomicBool::new(false);

/// Since when there is a connection to each peer.
static GREETED: Mutex<BTreeMap<ShardId, Instant>> = Mutex::new(BTreeMap::new());

/// Tells the peers what is here, if it has changed or they do not know; all of them `anyway`.
pub(super) fn tell(context: &Context, anyway: bool) {
    let states = links::states();
    if states.is_empty() {
        return;
    }
    let Some(digest) = changes::digest(context) else {
        return;
    };
    // While one thing after another is registered, all shards are told of each anyway.
    let is_settled = SEEN.swap(digest, Ordering::Relaxed) == digest;
    let all = anyway || (is_settled && TOLD.swap(digest, Ordering::Relaxed) != digest);
    let mut greeted = unpoisoned(GREETED.lock());
    let mut now = BTreeMap::new();
    for link in states.iter().filter(|link| link.state == State::Greeted) {
        let peer = link.peer.id;
        now.insert(peer, link.since);
        if all || greeted.get(&peer) != Some(&link.since) {
            links::tell(peer, &Message::Notice(digest));
        }
    }
    *greeted = now;
}

/// Hears what another shard has.
pub(super) fn hear(context: &Context, peer: ShardId, digest: u64) {
    if changes::digest(context) == Some(digest) {
        IS_COMPARED.store(true, Ordering::Relaxed);
    } else {
        links::tell(peer, &have(context, false));
    }
}

/// Tells another shard what is later here than there, and asks for what is later there.
pub(super) fn compare(context: &Context, peer: ShardId, theirs: &Ledger, is_back: bool) {
    let (later, lacks) = store().with(context, |records| {
        let own = records.ledger();
        (own.later_than(theirs), !theirs.later_than(own).is_empty())
    });
    let sessions = later.iter().map(|(session, _)| session.as_str());
    let mut piece = Vec::new();
    let mut bytes = 0;
    for change in changes::describe(context, sessions) {
        bytes += change.record.as_ref().map_or(64, |record| record.len());
        piece.push(change);
        if bytes >= PIECE {
            links::tell(peer, &Message::News(std::mem::take(&mut piece)));
            bytes = 0;
        }
    }
    if !piece.is_empty() {
        links::tell(peer, &Message::News(piece));
    }
    links::tell(peer, &Message::News(Vec::new()));
    if lacks && !is_back {
        links::tell(peer, &have(context, true));
    }
}

/// Takes over what is later at another shard.
pub(super) fn learn(context: &Context, news: Vec<Change>) {
    if news.is_empty() {
        IS_COMPARED.store(true, Ordering::Relaxed);
    }
    changes::apply(context, news, &[]);
}

/// Forgets that what is here was compared: another server did so.
pub(crate) fn doubt() {
    IS_COMPARED.store(false, Ordering::Relaxed);
}

/// Says whether what is here was compared with what another shard has.
pub(crate) fn is_compared() -> bool {
    IS_COMPARED.load(Ordering::Relaxed)
}

/// Says whether the other shards may have registrations that this one has not heard of yet.
pub(crate) fn is_behind(context: &Context) -> bool {
    !is_compared() && !cluster::others(context).is_empty()
}

fn have(context: &Context, back: bool) -> Message {
    Message::Have {
        ledger: store().with(context, |records| records.ledger().clone()),
        back,
    }
}
