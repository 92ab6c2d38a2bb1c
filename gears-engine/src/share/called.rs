//! Which versions of triggers are called, as shards tell each other: one that is called on any of
//! them stays on all.

use std::sync::Arc;

use gears_model::message::{Answered, Message};
use gears_model::{Id, ShardId};

use super::{claims, links};
use crate::registration::{Registration, Usage, registry};

/// Tells the other shards which versions are called here.
pub(super) fn tell(versions: &[Arc<Registration>], peers: &[ShardId]) {
    let has_news =
        |version: &&Arc<Registration>| version.usage.as_deref().is_some_and(Usage::has_news);
    let called: Vec<_> = versions
        .iter()
        .filter(has_news)
        .map(|version| version.id)
        .collect();
    if called.is_empty() {
        return;
    }
    let called = Message::Called(called);
    for peer in peers {
        links::tell(*peer, &called);
    }
}

/// Hears which versions are called on another shard.
pub(super) fn hear(called: &[Id]) {
    for version in called.iter().filter_map(|id| registry().by_id(*id)) {
        if let Some(usage) = &version.usage {
            usage.note_heard();
        }
    }
}

/// Says why a version may not go: it is needed here.
pub(super) fn may_go(id: Id) -> Answered {
    let Some(version) = registry().by_id(id) else {
        return Ok(Vec::new());
    };
    if registry().is_newest(&version) {
        return Err(format!("{} is the newest version here", version.name()));
    }
    if claims::has_session(&version.session.id) {
        return Err(format!("{} is being registered again", version.name()));
    }
    match &version.usage {
        Some(usage) if usage.is_idle_here() => Ok(Vec::new()),
        _ => Err(format!("{} is called here", version.name())),
    }
}
