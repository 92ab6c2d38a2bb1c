//! What other shards say to this one.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock};

use gears_model::Id;
use gears_model::ShardId;
use gears_model::message::{Answered, Ask, Message, Prepare, Told, number_of};
use gears_server::{Context, LogLevel, log};

use super::{called, changes, claims, exchange, install, links, news, orders};

use crate::ground::poison::unpoisoned;

/// The questions that are being worked on: who asked, under which number.
static OPEN: Mutex<BTreeSet<(ShardId, u64)>> = Mutex::new(BTreeSet::new());

/// Who takes part in runs that other shards drive, and drives those of this one.
pub(crate) struct Runs {
    pub(crate) prepare: fn(&Context, ShardId, u64, Prepare),
    pub(crate) start: fn(&Context, ShardId, u64, Id),
    pub(crate) show: fn(&Context, ShardId, u64, Id),
    pub(crate) forget: fn(&Context, ShardId, u64, Id),
    pub(crate) told: fn(&Context, ShardId, Id, Told),
    pub(crate) tick: fn(&Context),
}

static RUNS: OnceLock<Runs> = OnceLock::new();

/// Has `runs` do what other shards ask and tell of runs.
pub(crate) fn serve_runs(runs: Runs) {
    let _ = RUNS.set(runs);
}

/// Looks after the runs under way.
pub(super) fn tick_runs(context: &Context) {
    if let Some(runs) = RUNS.get() {
        (runs.tick)(context);
    }
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
        Message::Called(ids) => called::hear(&ids),
        Message::OfRun(run, told) => {
            if let Some(runs) = RUNS.get() {
                (runs.told)(context, peer, run, told);
            }
        }
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
        Ask::Idle(id) => answer(peer, number, called::may_go(id)),
        Ask::Test => answer(peer, number, Ok(Vec::new())),
        Ask::Pause(ids) => answer(peer, number, orders::pause(&ids)),
        Ask::Unpause(ids) => answer(peer, number, orders::unpause(&ids)),
        Ask::ClearStatistics => answer(peer, number, orders::clear_statistics()),
        Ask::Prepare(_) | Ask::Start(_) | Ask::Show(_) | Ask::Forget(_) => match RUNS.get() {
            Some(runs) => serve_run(context, runs, peer, number, ask),
            None => answer(peer, number, Err("the engine is loading".to_owned())),
        },
    }
}

fn serve_run(context: &Context, runs: &Runs, peer: ShardId, number: u64, ask: Ask) {
    match ask {
        Ask::Prepare(prepare) => (runs.prepare)(context, peer, number, *prepare),
        Ask::Start(run) => (runs.start)(context, peer, number, run),
        Ask::Show(run) => (runs.show)(context, peer, number, run),
        Ask::Forget(run) => (runs.forget)(context, peer, number, run),
        _ => {}
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
    unpoisoned(OPEN.lock())
}
