//! What other shards say to this one.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use gears_model::ShardId;
use gears_model::message::{Answered, Ask, Message, Stage, number_of};
use gears_server::{Context, LogLevel, log};

use super::{changes, claims, exchange, install, links, news, orders};

/// The questions that are being worked on: who asked, under which number.
static OPEN: Mutex<BTreeSet<(ShardId, u64)>> = Mutex::new(BTreeSet::new());

/// Who runs stages for other shards.
static STAGES: OnceLock<fn(&Context, ShardId, u64, Stage)> = OnceLock::new();

/// Has `serve` run stages for other shards, and answer.
pub(crate) fn serve_stages(serve: fn(&Context, ShardId, u64, Stage)) {
    let _ = STAGES.set(serve);
}

/// Takes a message of another shard.
pub(crate) fn take(context: &Context, peer: ShardId, bytes: &[u8]) {
    let message = match Message::decode(bytes) {
        Ok(message) => message,
        Err(damaged) => {
            log(
                LogLevel::Warning,
                &format!(
                    "a message of the shard {peer} is not understood: {}",
                    damaged.0
                ),
            );
            if let Some(number) = number_of(bytes) {
                links::tell(peer, &Message::Answer(number, Err(damaged.0)));
            }
            return;
        }
    };
    match message {
        Message::Notice(digest) => news::hear(context, peer, digest),
        Message::Have { ledger, back } => news::compare(context, peer, &ledger, back),
        Message::News(changes) => news::learn(context, changes),
        Message::Ask(number, ask) => {
            open().insert((peer, number));
            serve(context, peer, number, ask);
        }
        Message::Alive(number) => exchange::alive(peer, number),
        Message::Answer(number, answered) => exchange::answered(context, peer, number, answered),
        Message::Release(number) => claims::release(peer, number),
    }
}

fn serve(context: &Context, peer: ShardId, number: u64, ask: Ask) {
    match ask {
        Ask::Check {
            record,
            replaced,
            wheels,
        } => install::check(context, peer, number, &record, replaced.as_deref(), wheels),
        Ask::Bring { record, wheels } => install::bring_packages(peer, number, &record, wheels),
        Ask::Install {
            changes,
            aborted,
            checked,
        } => {
            changes::apply(context, changes, &aborted);
            if let Some(checked) = checked {
                claims::release(peer, checked);
            }
            answer(peer, number, Ok(Vec::new()));
        }
        Ask::Test => answer(peer, number, Ok(Vec::new())),
        Ask::Pause(ids) => answer(peer, number, orders::pause(&ids)),
        Ask::Unpause(ids) => answer(peer, number, orders::unpause(&ids)),
        Ask::ClearStatistics => answer(peer, number, orders::clear_statistics()),
        Ask::Run(stage) => match STAGES.get() {
            Some(serve) => serve(context, peer, number, stage),
            None => answer(peer, number, Err("the engine is loading".to_owned())),
        },
    }
}

/// Answers a question, from any thread.
pub(crate) fn answer(peer: ShardId, number: u64, answered: Answered) {
    open().remove(&(peer, number));
    links::tell(peer, &Message::Answer(number, answered));
}

/// Tells those who wait that their questions are being worked on.
pub(super) fn tell_alive() {
    let states = links::states();
    let is_peer = |peer: ShardId| states.iter().any(|link| link.peer.id == peer);
    open().retain(|(peer, _)| is_peer(*peer));
    let open: Vec<_> = open().iter().copied().collect();
    for (peer, number) in open {
        links::tell(peer, &Message::Alive(number));
    }
}

fn open() -> MutexGuard<'static, BTreeSet<(ShardId, u64)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}
