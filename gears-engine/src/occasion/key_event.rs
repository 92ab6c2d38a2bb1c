//! Functions that run when something happens to a key (spec section 3.2).

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::{End, Kind, Mode, State};
use gears_server::{Context, KeyValue, ValueView};
use pyo3::prelude::*;

use super::ahead::{Ahead, Keys, Read};
use super::writers;
use crate::config::config;
use crate::execution::duty::Duty;
use crate::execution::run::Run;
use crate::execution::waiting::Waiting;
use crate::execution::{executions, list_ended};
use crate::ground::calls;
use crate::ground::link::{Link, Linked};
use crate::lock::{self, gil};
use crate::plan::{Outcome, Pipeline};
use crate::python::{convert, failure};
use crate::reader::Source;
use crate::registration::{KeptEvent, Registration, command_context, dropped};
use crate::session::user;
use crate::thread::lane::{Lane, Piece};
use crate::thread::worker::workers;
use crate::watchdog::Watched;

/// Runs the function on this thread, which holds the Redis lock; `link` is the
/// command that caused the event, when the function may know it.
pub(crate) fn key_event_now(
    registration: &Arc<Registration>,
    event: &str,
    key: &[u8],
    link: Option<&Arc<Link>>,
) {
    if let Err(error) = gil::wait() {
        registration.note_triggered();
        registration.note_ended(&End::Failed(&error), Duration::ZERO);
        return;
    }
    let duty = Duty::new(executions().create(registration, Waiting::Event(None)));
    Python::attach(|py| {
        let limit = registration.timeout.or(config().sync_deadline());
        let _entered = link.and_then(|link| command_context::enter_command(py, link));
        let read = || read_now(py, key);
        run(py, registration, duty, limit, (event, key), read);
    });
}

/// The events of a registration that wait for a worker.
#[derive(Default)]
struct EventQueue {
    lane: Arc<Lane<QueuedEvent>>,
    ahead: Ahead,
}

/// An event that waits for a worker.
struct QueuedEvent {
    registration: Arc<Registration>,
    duty: Duty,
    event: String,
    key: Vec<u8>,
    /// The command that caused the event, when the function may know it.
    link: Option<Arc<Link>>,
}

/// Queues the function behind earlier events of the same registration; the
/// client of a linked command waits for its end.
pub(crate) fn key_event_later(
    context: &Context,
    registration: &Arc<Registration>,
    event: String,
    key: Vec<u8>,
    linked: Option<Linked>,
) {
    let holds_writers = registration.holds_writers();
    if holds_writers && !writers::let_in(context, registration) {
        dropped::note(registration);
        return;
    }
    let link = linked.as_ref().map(|linked| Arc::clone(linked.link()));
    let waiting = Waiting::Event(linked);
    let queued = QueuedEvent {
        registration: Arc::clone(registration),
        duty: Duty::new(executions().create(registration, waiting)),
        event,
        key,
        link,
    };
    let lane = &registration.kept::<EventQueue>().lane;
    if holds_writers {
        lane.submit_always(workers(), queued);
    } else if let Err(refused) = lane.submit(workers(), queued) {
        executions().forget(refused.duty.number);
        dropped::note(registration);
    }
}

impl Piece for QueuedEvent {
    fn run(self, py: Python<'_>) {
        let registration = Arc::clone(&self.registration);
        let queue: &EventQueue = registration.kept();
        let value = queue.ahead.take();
        queue.ahead.watch(|| self.run_with(py, queue, value));
    }
}

impl QueuedEvent {
    fn run_with(self, py: Python<'_>, queue: &EventQueue, value: Option<Read>) {
        let limit = self.registration.timeout.or(config().async_deadline());
        let link = self.link.as_ref();
        let _entered = link.and_then(|link| command_context::enter_command(py, link));
        let read = || {
            value.unwrap_or_else(|| {
                queue
                    .ahead
                    .read(py, &self.key, |most| queue.next_keys(most))
            })
        };
        let event = (self.event.as_str(), self.key.as_slice());
        run(py, &self.registration, self.duty, limit, event, read);
    }
}

impl EventQueue {
    fn next_keys(&self, most: usize) -> Keys {
        let mut keys = Keys::default();
        self.lane.look_ahead(most, |queued| keys.push(&queued.key));
        keys
    }
}

/// Runs the function on this thread for an event that was kept until it could.
pub(crate) fn key_event_caught_up(
    py: Python<'_>,
    registration: &Arc<Registration>,
    kept: &KeptEvent,
) {
    let duty = Duty::new(executions().create(registration, Waiting::Event(None)));
    let limit = registration.timeout.or(config().async_deadline());
    let link = kept.link.as_ref();
    let _entered = link.and_then(|link| command_context::enter_command(py, link));
    let (event, key) = (kept.event.as_str(), kept.key.as_slice());
    let read = || read_now(py, key);
    run(py, registration, duty, limit, (event, key), read);
}

fn read_now(py: Python<'_>, key: &[u8]) -> Read {
    Arc::new(lock::with_redis(py, |context| KeyValue::read(context, key)))
}

fn run(
    py: Python<'_>,
    registration: &Arc<Registration>,
    duty: Duty,
    limit: Option<Duration>,
    (event, key): (&str, &[u8]),
    read: impl FnOnce() -> Read,
) {
    let watched = Watched::begin(py, limit);
    if registration.is_aborted() || !duty.begin(watched.slot()) {
        duty.end_unbegun(None);
        executions().forget(duty.number);
        return;
    }
    registration.note_triggered();
    let _user = user::run_as(registration.session.user.clone());
    let started = watched.began();
    let execution = Arc::clone(duty.execution());
    let finish = {
        let registration = Arc::clone(registration);
        move |py: Python<'_>, outcome: Outcome, state| {
            // The client of the command waits for the end of this.
            let Some(_waiting) = duty.claim() else {
                return;
            };
            if state == State::Aborted {
                registration.note_aborted();
            } else {
                registration.note_ended(&End::of(&outcome.errors), started.elapsed());
            }
            duty.end_as(py, outcome, state);
            list_ended(&registration, &duty);
        }
    };
    let mut run = run_record(py, registration, event, key, read, started);
    if run.drive(py) {
        finish(py, run.into_outcome(), State::Done);
    } else {
        let finish = move |py: Python<'_>, outcome, state| {
            // The next function sees what its coroutines have done.
            calls::note_call_elsewhere();
            finish(py, outcome, state);
        };
        run.park(py, execution, limit, Box::new(finish));
    }
    drop(watched);
}

fn run_record(
    py: Python<'_>,
    registration: &Registration,
    event: &str,
    key: &[u8],
    read: impl FnOnce() -> Read,
    started: Instant,
) -> Run {
    // The command that caused the event waits for a sync function, so such a
    // function itself cannot.
    let may_wait = registration.mode != Mode::Sync;
    let mut pipeline = Pipeline::new(&registration.plan, &registration.session, may_wait);
    let reads = matches!(&registration.kind, Kind::Keys(events) if events.read_value);
    // As it is now: a function that runs later sees what is left.
    let value = reads.then(read);
    let record = match value.as_deref() {
        Some(Err(failure)) => Err(failure::misuse(&failure.message)),
        Some(Ok(value)) => {
            convert::key_record(py, key, Some(&ValueView::Other(value)), Some(event))
        }
        None => convert::key_record(py, key, None, Some(event)),
    };
    let source = match record {
        Ok(record) => Source::record(record.unbind()),
        Err(error) => {
            pipeline.fail(py, &error);
            Source::Record(None)
        }
    };
    Run::new(pipeline, source, started)
}
