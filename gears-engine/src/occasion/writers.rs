//! Writers that wait until a function has room for the events of their commands
//! (`onFull='wait'`).
//!
//! Only when a command has run it is known which events it causes, and by then most
//! clients can no longer be made to wait. So those events are let in, and what
//! waits is the next command that may cause one: the filter puts `RG.INNERHOOK` in
//! front of it, which puts its client aside, and with it whatever the client has
//! sent behind. A timer on the main thread runs these commands in the order in which
//! they came, as room comes; it looks for that itself, so that no way in which
//! an execution ends can be forgotten.
//!
//! What cannot be put aside runs, and its events are let in: commands in
//! transactions and scripts, of modules and functions, scripts themselves, commands that
//! block, and those of clients that may not run `RG.INNERHOOK`. Of them up to
//! [`BEYOND`] are let in.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::{Id, Kind};
use gears_server::{CommandInfo, Context, Incoming, Words, held};

use super::asker::PutAside;
use super::hook::serve_put_aside;
use crate::config::config;
use crate::ground::poison::unpoisoned;
use crate::ground::reason::Reason;
use crate::lock;
use crate::registration::Registration;
use crate::thread::worker::workers;

/// How many events are let in beyond the queue, lest the memory fill up.
const BEYOND: usize = 1 << 20;

/// When the timer looks for room again: soon after there was some, later and
/// later while there is none.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(16);

/// For how long the timer runs commands before it lets others in.
const SLICE: Duration = Duration::from_millis(1);

/// How often it is looked who left, and who may be put aside.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Whether any function may be without room: asked at every command.
static IS_NEEDED: AtomicBool = AtomicBool::new(false);

static WRITERS: Mutex<Writers> = Mutex::new(Writers {
    full: Vec::new(),
    held: VecDeque::new(),
    reason: None,
    is_timed: false,
    everybody: false,
    looked_at: None,
    swept_at: None,
});

struct Writers {
    /// Functions that had no room when an event came for them.
    full: Vec<Arc<Registration>>,
    /// Who waits, first come first.
    held: VecDeque<Held>,
    /// Why the filter looks at commands.
    reason: Option<Reason>,
    /// Whether the timer runs.
    is_timed: bool,
    /// Whether every user may be put aside, for servers whose filter does not tell
    /// the client.
    everybody: bool,
    looked_at: Option<Instant>,
    swept_at: Option<Instant>,
}

struct Held {
    /// The registration that it waits for.
    waits_for: Id,
    client: u64,
    writer: PutAside,
}

fn writers() -> MutexGuard<'static, Writers> {
    unpoisoned(WRITERS.lock())
}

/// Says whether a function that holds writers back gets an event, and has
/// the next writers wait if there is no room left then.
pub(crate) fn let_in(context: &Context, registration: &Arc<Registration>) -> bool {
    let most = config().execution_queue();
    let in_hand = registration.in_hand();
    if in_hand < most {
        registration.note_room();
    } else if is_stuck(registration) || in_hand - most >= BEYOND {
        return false;
    }
    if in_hand + 1 >= most {
        note_full(context, registration);
    }
    true
}

fn note_full(context: &Context, registration: &Arc<Registration>) {
    gears_server::load_command_list(context);
    look_who_may_wait(context);
    let mut writers = writers();
    if !writers
        .full
        .iter()
        .any(|full| Arc::ptr_eq(full, registration))
    {
        writers.full.push(Arc::clone(registration));
        writers.reason.get_or_insert_with(Reason::new);
        IS_NEEDED.store(true, Ordering::Release);
    }
}

fn look_who_may_wait(context: &Context) {
    let now = Instant::now();
    {
        let mut writers = writers();
        let is_recent = |at| now.duration_since(at) < BETWEEN_LOOKS;
        if writers.looked_at.is_some_and(is_recent) {
            return;
        }
        writers.looked_at = Some(now);
    }
    let everybody = context.everybody_may_be_hooked();
    writers().everybody = everybody;
}

/// Says whether a command that comes in has to wait before it runs.
pub(crate) fn has_to_wait(incoming: &Incoming) -> bool {
    // Functions never wait for themselves.
    if !IS_NEEDED.load(Ordering::Acquire) || lock::is_held() || !held::is_main_thread() {
        return false;
    }
    if waits_for(incoming).is_none() {
        return false;
    }
    let state = Context::server_state();
    !state.is_loading
        && !state.is_replica
        && incoming
            .client_may_be_hooked()
            .unwrap_or_else(|| writers().everybody)
}

/// Puts the client of a command aside if a function has no room for its events;
/// says no if the command is to run.
pub(super) fn hold(
    context: &Context,
    words: &[&[u8]],
    put_aside: impl FnOnce() -> PutAside,
) -> bool {
    if !IS_NEEDED.load(Ordering::Acquire) || context.denies_blocking() {
        return false;
    }
    let Some(waits_for) = waits_for(&words) else {
        return false;
    };
    let held = Held {
        waits_for,
        client: context.client_number(),
        writer: put_aside(),
    };
    let mut writers = writers();
    writers.held.push_back(held);
    let starts = !std::mem::replace(&mut writers.is_timed, true);
    drop(writers);
    if starts {
        context.after(SOON, |context| go_on(context, SOON));
    }
    true
}

/// Counts the writers that wait.
pub(crate) fn count() -> usize {
    writers().held.len()
}

/// Returns the registration that a command has to wait for.
fn waits_for(words: &impl Words) -> Option<Id> {
    let (info, name) = info_of(words)?;
    // What makes no sense is refused at once, as ever.
    let count = i64::try_from(words.count()).unwrap_or(i64::MAX);
    if !info.can_be_put_off(&name) || !info.takes(count) {
        return None;
    }
    let mut writers = writers();
    let (full, over) = std::mem::take(&mut writers.full)
        .into_iter()
        .partition(|full| writers.keeps_waiting(full));
    writers.full = full;
    if writers.full.is_empty() {
        writers.reason = None;
        IS_NEEDED.store(false, Ordering::Release);
    }
    let found = writers
        .full
        .iter()
        .find(|full| concerns(full, info, &name, words))
        .map(|full| full.id);
    drop(writers);
    // Dropping one may drop Python objects, which must not happen under our mutex.
    drop::<Vec<_>>(over);
    found
}

impl Writers {
    /// Says whether writers still have to wait for a function: it has no room,
    /// or others wait already.
    fn keeps_waiting(&self, full: &Registration) -> bool {
        if !full.holds_writers() {
            return false;
        }
        if full.in_hand() < config().execution_queue() {
            full.note_room();
            return self.held.iter().any(|held| held.waits_for == full.id);
        }
        !is_stuck(full)
    }
}

/// Says whether a function has room, or nobody waits for it any more.
fn has_room(registration: &Registration) -> bool {
    !registration.holds_writers()
        || registration.in_hand() < config().execution_queue()
        || is_stuck(registration)
}

fn is_stuck(registration: &Registration) -> bool {
    // Nobody is there to run it.
    workers().is_deserted() || registration.is_stuck(config().writers_max_wait())
}

fn info_of(words: &impl Words) -> Option<(&'static CommandInfo, String)> {
    let name = words.word(0)?.to_ascii_lowercase();
    let name = String::from_utf8(name).ok()?;
    Some((gears_server::command_info(&name)?, name))
}

/// Says whether a command may cause events for a function.
fn concerns(
    registration: &Registration,
    info: &CommandInfo,
    name: &str,
    words: &impl Words,
) -> bool {
    let Kind::Keys(events) = &registration.kind else {
        return false;
    };
    let is_meant = events
        .commands
        .as_ref()
        .is_none_or(|names| names.iter().any(|meant| meant.lower == name));
    // Where the keys are is not always known.
    is_meant
        && (info.movable_keys && !info.has_keys()
            || info.any_key(words, |key| events.prefix.matches(key)))
}

/// Runs the commands for which there is room, in the order in which they came.
fn go_on(context: &Context, waited: Duration) {
    let began = Instant::now();
    let mut released = false;
    if !context.writes_are_paused() && !context.is_loading() {
        let held = std::mem::take(&mut writers().held);
        let mut left = VecDeque::with_capacity(held.len());
        for held in held {
            if began.elapsed() > SLICE || !may_run(&held) {
                left.push_back(held);
            } else if context.is_connected(held.client) {
                released = true;
                serve_put_aside(context, held.writer);
            }
        }
        writers().held = left;
    }
    sweep(context, began);
    look_who_may_wait(context);
    let next = if released {
        SOON
    } else {
        (waited * 2).min(LATE)
    };
    let mut writers = writers();
    writers.is_timed = !writers.held.is_empty();
    if writers.is_timed {
        drop(writers);
        context.after(next, move |context| go_on(context, next));
    }
}

fn may_run(held: &Held) -> bool {
    let words = held.writer.words();
    let Some((info, name)) = info_of(&words.as_slice()) else {
        return true;
    };
    let full: Vec<_> = writers().full.clone();
    full.iter()
        .all(|full| has_room(full) || !concerns(full, info, &name, &words.as_slice()))
}

/// Forgets the commands of clients that left.
fn sweep(context: &Context, now: Instant) {
    let mut writers = writers();
    let is_recent = |at| now.duration_since(at) < BETWEEN_LOOKS;
    if writers.swept_at.is_some_and(is_recent) {
        return;
    }
    writers.swept_at = Some(now);
    let (here, gone) = std::mem::take(&mut writers.held)
        .into_iter()
        .partition(|held| context.is_connected(held.client));
    writers.held = here;
    drop(writers);
    drop::<VecDeque<_>>(gone);
}
