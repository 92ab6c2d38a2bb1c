//! From what happens to keys to executions.

use std::cell::Cell;
use std::sync::Arc;

use gears_model::{Kind, Mode};
use gears_server::{Context, KeyEvents, KeyValue, LogLevel, boundary, log};
use pyo3::Python;

use super::key_event::key_event_caught_up;
use super::key_event::key_event_later;
use super::key_event::key_event_now;
use super::stream;
use super::unread::Subject;
use super::writers;
use crate::config::config;
use crate::ground::link::{self, Link};
use crate::lock::{self, Atomic, gil};
use crate::registration::{KeptEvent, Registration, dropped, registry};
use crate::thread::turn::Mark;
use crate::thread::worker::{self, workers};

thread_local! {
    /// Whether a function that an event caused runs on this thread: what it
    /// writes causes no further KeysReader executions (spec section 3.2).
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Starts the KeysReader registrations for events, and the StreamReader ones for those of
/// streams.
pub(crate) struct Listeners;

impl KeyEvents for Listeners {
    fn somebody_listens() -> bool {
        registry().has_listeners()
    }

    fn happened(context: &Context, event: &str, key: &[u8]) {
        if INSIDE.get() || !happens_here(context, event, key) {
            return;
        }
        let mut now = Vec::new();
        for registration in registry().listeners() {
            if let Kind::Keys(events) = &registration.kind {
                let link = match &events.commands {
                    None => None,
                    // Only what one of these commands causes is meant.
                    Some(commands) => match link::current() {
                        Some(link) if commands.iter().any(|name| link.is_of(&name.lower)) => {
                            Some(link)
                        }
                        _ => continue,
                    },
                };
                let key_type = || KeyValue::type_of(context, key);
                if events.match_event(event, key, key_type) {
                    if runs_behind_command(&registration, link.as_ref()) {
                        now.push(registration);
                    } else {
                        start(context, registration, event, key, link);
                    }
                }
            }
        }
        if !now.is_empty() {
            start_sync(context, now, event, key);
        }
    }

    fn happened_to_stream(context: &Context, event: &str, key: &[u8]) {
        if event != "xadd" || !happens_here(context, event, key) {
            return;
        }
        for registration in registry().listeners() {
            if let Kind::Stream(stream) = &registration.kind
                && stream.options.prefix.matches(key)
            {
                read_stream(context, registration, key);
            }
        }
    }
}

/// Has a function read a stream: a sync one when the command that caused the
/// event has ended, for what it does has to reach replicas after its cause.
fn read_stream(context: &Context, registration: Arc<Registration>, key: &[u8]) {
    if registration.mode != Mode::Sync {
        stream::read_stream(context, &registration, key);
        return;
    }
    let (key, inside) = (key.to_vec(), INSIDE.get());
    context.after_command(move |context| {
        with_inside(inside, || stream::read_stream(context, &registration, &key));
    });
}

/// Says whether an event is news, and not what a master or a file tells.
///
/// Nor is it news that a slot moves with its keys: a node that takes it over gets
/// them as a replica does, and one that has lost it drops them.
fn happens_here(context: &Context, event: &str, key: &[u8]) -> bool {
    let told = context.is_replicated() || context.is_replica();
    let dropped = || event == "del" && context.is_elsewhere(key);
    !told && !dropped()
}

/// Says whether the function runs right behind the command that caused the event.
fn runs_behind_command(registration: &Registration, link: Option<&Arc<Link>>) -> bool {
    link.is_none() && registration.mode == Mode::Sync && !registration.keeps_events()
}

fn start(
    context: &Context,
    registration: Arc<Registration>,
    event: &str,
    key: &[u8],
    link: Option<Arc<Link>>,
) {
    let (event, key) = (event.to_owned(), key.to_vec());
    if registration.keeps_events() {
        keep(context, &registration, KeptEvent { event, key, link });
        return;
    }
    match (link, registration.mode) {
        (Some(link), Mode::Sync) => link.run_after(move |link| {
            run_inside(&registration, &Subject::new(&event, &key), Some(link));
        }),
        (link, _) => {
            let linked = link.and_then(|link| link.wait_for());
            key_event_later(context, &registration, event, key, linked);
        }
    }
}

/// Keeps an event until the function can run; the command's client does not
/// wait for that.
fn keep(context: &Context, registration: &Arc<Registration>, kept: KeptEvent) {
    let most = if registration.holds_writers() && writers::let_in(context, registration) {
        usize::MAX
    } else {
        config().execution_queue()
    };
    if !registration.backlog.keep(kept, most) {
        dropped::note(registration);
    }
}

/// Has a function get the events that were kept for it, in their order and
/// before any other.
pub(crate) fn catch_up(registration: &Arc<Registration>) {
    if !registration.backlog.begin() {
        return;
    }
    go_on_catching_up(registration);
}

fn go_on_catching_up(registration: &Arc<Registration>) {
    let registration = Arc::clone(registration);
    workers().submit_always(Box::new(move |py| {
        let left = Arc::clone(&registration);
        let _legacy = worker::on_loss(move || go_on_catching_up(&left));
        catch_up_now(py, &registration);
    }));
}

/// Clients are served between two events.
fn catch_up_now(py: Python<'_>, registration: &Arc<Registration>) {
    let backlog = &registration.backlog;
    if registration.mode == Mode::Sync {
        loop {
            // A sync function has the server to itself wherever it runs.
            let _held = Atomic::begin(py);
            let Some(kept) = backlog.next() else { return };
            let subject = Subject::new(&kept.event, &kept.key);
            run_inside(registration, &subject, kept.link.as_ref());
            if worker::is_lost() {
                return;
            }
        }
    }
    while let Some(kept) = lock::with_redis(py, |_| backlog.next()) {
        key_event_caught_up(py, registration, kept);
        if worker::is_lost() {
            return;
        }
    }
}

/// Runs functions when the command that caused the event has ended: that may
/// still hold its keys, and what the functions write has to reach replicas and
/// the append-only file after its cause.
fn start_sync(context: &Context, functions: Vec<Arc<Registration>>, event: &str, key: &[u8]) {
    let subject = Subject::new(event, key);
    context.after_command(move |_| {
        let run_all = || {
            for registration in &functions {
                // One that panics keeps none of the others from running.
                let done = boundary::shield(|| run_inside(registration, &subject, None));
                if let Err(panic) = done {
                    log(LogLevel::Warning, &panic);
                }
            }
        };
        // Attached once for all of them. Where Python cannot be had each one notes that.
        if gil::attach_for_turn(Mark::of_last(), |_| run_all()).is_err() {
            run_all();
        }
    });
}

fn run_inside(registration: &Arc<Registration>, subject: &Arc<Subject>, link: Option<&Arc<Link>>) {
    with_inside(true, || key_event_now(registration, subject, link));
}

fn with_inside(inside: bool, work: impl FnOnce()) {
    let before = INSIDE.replace(inside);
    work();
    INSIDE.set(before);
}
