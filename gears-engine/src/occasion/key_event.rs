//! Functions that run when something happens to a key (spec section 3.2).

use std::sync::Arc;
use std::time::Duration;

use gears_model::{End, Kind, Mode, State};
use gears_server::{Context, ValueView};
use pyo3::prelude::*;

use super::ahead::{Ahead, Keys};
use super::trigger::spread;
use super::unread::{self, MayAsk, Read, Subject};
use super::{command_context, writers};
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::run::Run;
use crate::execution::waiting::Waiting;
use crate::execution::{SpreadRecords, executions};
use crate::ground::calls;
use crate::ground::link::{Link, Linked};
use crate::lock::gil;
use crate::plan::{Outcome, Pipeline, Reads};
use crate::python::{convert, failure};
use crate::reader::Source;
use crate::registration::{KeptEvent, Registration, dropped};
use crate::thread::lane::{Lane, Piece};
use crate::thread::worker::workers;

/// Runs the function on this thread, which holds the Redis lock; `link` is the
/// command that caused the event, when the function may know it.
pub(crate) fn key_event_now(
    registration: &Arc<Registration>,
    subject: &Arc<Subject>,
    link: Option<&Arc<Link>>,
) {
    if let Err(refusal) = gil::wait() {
        registration.note_triggered();
        registration.note_ended(&End::Failed(&refusal.to_string()), Duration::ZERO);
        return;
    }
    let about = Event::Shared(Arc::clone(subject));
    let call = Call::new(registration, Waiting::Event(None), about);
    let event = subject.event.as_str();
    gil::attach_now(|py| {
        let _entered = link.and_then(|link| command_context::enter_command(py, link));
        let limit = registration.limit_here();
        let reads = reads(py, registration);
        let may_ask = matches!(reads, Some(Reads::Members(members)) if members.are_of_value());
        let _may_ask = may_ask.then(|| MayAsk::begin(subject));
        let record = |_: &Event| match reads {
            None => unread_for_good(py, event, &subject.name),
            Some(Reads::Members(_)) => unread::record(py, subject, event),
            Some(Reads::Anything) => record(py, event, &subject.name, &subject.read(py)),
        };
        let called = calls::watch(|| run(py, registration, call, limit, record));
        if called {
            // Whoever runs this function in a lane is told too.
            calls::note_call();
            subject.forget();
        }
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
    call: Call<Event>,
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
        call: Call::new(registration, waiting, Event::Own { event, key }),
        link,
    };
    let lane = &registration.kept::<EventQueue>().lane;
    if holds_writers {
        lane.submit_always(workers(), queued);
    } else if let Err(refused) = lane.submit(workers(), queued) {
        executions().forget(refused.call.execution().id);
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
        let limit = self.registration.limit_on_worker();
        let link = self.link.as_ref();
        let _entered = link.and_then(|link| command_context::enter_command(py, link));
        let record = |event: &Event| {
            let read = || {
                let ahead = || {
                    queue
                        .ahead
                        .read(py, event.key(), |most| queue.next_keys(most))
                };
                value.unwrap_or_else(ahead)
            };
            later_record(py, &self.registration, event, read)
        };
        run(py, &self.registration, self.call, limit, record);
    }
}

impl EventQueue {
    fn next_keys(&self, most: usize) -> Keys {
        let mut keys = Keys::default();
        self.lane
            .look_ahead(most, |queued| keys.push(queued.call.occasion().key()));
        keys
    }
}

/// Runs the function on this thread for an event that was kept until it could.
pub(crate) fn key_event_caught_up(
    py: Python<'_>,
    registration: &Arc<Registration>,
    kept: KeptEvent,
) {
    let KeptEvent { event, key, link } = kept;
    let call = Call::new(
        registration,
        Waiting::Event(None),
        Event::Own { event, key },
    );
    let limit = registration.limit_on_worker();
    let link = link.as_ref();
    let _entered = link.and_then(|link| command_context::enter_command(py, link));
    let record = |event: &Event| {
        let read = || Subject::new(event.name(), event.key()).read(py);
        later_record(py, registration, event, read)
    };
    run(py, registration, call, limit, record);
}

fn run(
    py: Python<'_>,
    registration: &Arc<Registration>,
    call: Call<Event>,
    limit: Option<Duration>,
    record: impl FnOnce(&Event) -> PyResult<Py<PyAny>>,
) {
    let user = registration.session.user.clone();
    let goes_out = registration.deals_out();
    let limit = limit.filter(|_| !goes_out);
    call.run(py, user.clone(), limit, |call, began| {
        let mut pipeline = pipeline(registration);
        let source = match record(call.occasion()) {
            Ok(record) => Source::record(record),
            Err(error) => {
                pipeline.fail(py, &error);
                Source::Record(None)
            }
        };
        match source {
            Source::Record(Some(record)) if goes_out => {
                let records = SpreadRecords::Here(vec![record]);
                spread(registration, call.execution(), user, records).open(py, began)
            }
            source => Run::new(pipeline, source, began),
        }
    });
}

/// An event of a key.
enum Event {
    /// One that several functions get.
    Shared(Arc<Subject>),
    Own {
        event: String,
        key: Vec<u8>,
    },
}

impl Event {
    fn name(&self) -> &str {
        match self {
            Self::Shared(subject) => &subject.event,
            Self::Own { event, .. } => event,
        }
    }

    fn key(&self) -> &[u8] {
        match self {
            Self::Shared(subject) => &subject.name,
            Self::Own { key, .. } => key,
        }
    }
}

impl Occasion for Event {
    type Told = ();
    type Next = ();

    fn listing(&self) -> Listing {
        Listing::Latest
    }

    fn about(&self) -> Option<Vec<&[u8]>> {
        Some(vec![self.name().as_bytes(), self.key()])
    }

    fn waited(&self) {
        // The next function sees what its coroutines have done.
        calls::note_call_elsewhere();
    }

    fn tells(&self, _: Python<'_>, _: &Outcome, _: State) {}

    fn tell(self, _: Python<'_>, waiting: Waiting, (): ()) {
        // The client of the command has waited for this.
        drop(waiting);
    }

    fn go_on(_: Python<'_>, (): ()) {}
}

fn pipeline(registration: &Registration) -> Pipeline {
    // The command that caused the event waits for a sync function, so such a
    // function itself cannot.
    let may_wait = registration.mode != Mode::Sync;
    Pipeline::new(&registration.function, &registration.session, may_wait)
}

/// Says what a function reads of the record; nothing for one that wants no value.
fn reads(py: Python<'_>, registration: &Registration) -> Option<Reads> {
    let wants = matches!(&registration.kind, Kind::Keys(events) if events.read_value);
    wants.then(|| registration.function.reads(py))
}

/// Makes the record for a function on a worker: with the value as it is now, as a function that
/// runs later sees what is left.
fn later_record(
    py: Python<'_>,
    registration: &Registration,
    event: &Event,
    read: impl FnOnce() -> Read,
) -> PyResult<Py<PyAny>> {
    let (event, key) = (event.name(), event.key());
    match reads(py, registration) {
        None => unread_for_good(py, event, key),
        // What goes to other shards is plain, and nobody could read it there.
        Some(Reads::Members(members)) if !members.are_of_value() && !registration.deals_out() => {
            unread::record(py, &Subject::new(event, key), event)
        }
        Some(_) => record(py, event, key, &read()),
    }
}

fn unread_for_good(py: Python<'_>, event: &str, key: &[u8]) -> PyResult<Py<PyAny>> {
    convert::key_record(py, key, None, Some(event)).map(Bound::unbind)
}

fn record(py: Python<'_>, event: &str, key: &[u8], read: &Read) -> PyResult<Py<PyAny>> {
    match &**read {
        Err(failed) => Err(failure::misuse(&failed.message)),
        Ok(value) => convert::key_record(py, key, Some(&ValueView::Other(value)), Some(event))
            .map(Bound::unbind),
    }
}
