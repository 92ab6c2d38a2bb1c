//! Functions that read streams (spec section 3.4).
//!
//! Entries are read through a consumer group, so the server's own data says how
//! far a registration is: an entry is acknowledged only after its execution has
//! ended, and what was delivered to an earlier life of the server comes first.

mod group;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::{BatchEnd, FailurePolicy, Kind, Mode, State, Status, Stream};
use gears_server::{Bring, Context, Scanner, held};
use pyo3::prelude::*;

use super::trigger::spread;
use crate::execution::SpreadRecords;
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::run::Run;
use crate::execution::waiting::Waiting;
use crate::lock::{self, gil};
use crate::plan::{Outcome, Pipeline};
use crate::reader::Source;
use crate::reader::entry::{Entry, entry_record, lag};
use crate::registration::{Registration, registry};
use crate::thread::worker::workers;
use group::{PAUSE_LOOK, acknowledge, count_waiting, let_go, read_group, read_left, take_in_hand};

/// How soon a stream is read again when Python could not be had.
const HELD_LOOK: Duration = Duration::from_secs(1);

/// Has a registration read a stream to which entries came.
pub(crate) fn read_stream(context: &Context, registration: &Arc<Registration>, key: &[u8]) {
    let Kind::Stream(stream) = &registration.kind else {
        return;
    };
    if !stream.take_turn(key) {
        return;
    }
    if registration.mode == Mode::Sync {
        let _held = held::enter_again(context);
        if gil::attach(|py| take_turns(py, registration, stream, key)).is_err() {
            // The entries wait, and whoever comes meanwhile leaves them to this.
            let (registration, key) = (Arc::clone(registration), key.to_vec());
            context.after(HELD_LOOK, move |context| {
                if let Kind::Stream(stream) = &registration.kind {
                    stream.end_turn(&key);
                    read_stream(context, &registration, &key);
                }
            });
        }
        return;
    }
    read_later(registration, key.to_vec());
}

/// The turn is taken already; a sync function takes it only with the server's
/// lock, so that no command finds it taken and goes on without the function.
fn read_later(registration: &Arc<Registration>, key: Vec<u8>) {
    let registration = Arc::clone(registration);
    let job = Box::new(move |py: Python<'_>| {
        let Kind::Stream(stream) = &registration.kind else {
            return;
        };
        if registration.mode == Mode::Sync {
            // A sync function has the server to itself wherever it runs.
            let _atomic = lock::Atomic::begin(py);
            if stream.take_turn(&key) {
                take_turns(py, &registration, stream, &key);
            }
        } else {
            take_turns(py, &registration, stream, &key);
        }
    });
    // One for each function and stream: entries that nobody looks at would wait
    // for the next one, which may never come.
    workers().submit_always(job);
}

/// Looks for streams that have entries already: after registering, after a
/// restart, when a replica was promoted and when a registration goes on.
pub(crate) fn read_existing_streams(registration: &Arc<Registration>) {
    if !matches!(registration.kind, Kind::Stream(_)) {
        return;
    }
    let registration = Arc::clone(registration);
    let job = Box::new(move |py: Python<'_>| {
        let Kind::Stream(stream) = &registration.kind else {
            return;
        };
        let pattern = stream.options.prefix.as_bytes().to_vec();
        let mut scanner = Scanner::new(pattern, Bring::Names);
        loop {
            let keys = lock::with_redis(py, |context| {
                scanner.step(context).map(|keys| {
                    keys.iter()
                        .map(|(name, _)| name.to_vec())
                        .filter(|key| context.is_stream(key))
                        .collect::<Vec<_>>()
                })
            });
            let Some(keys) = keys else { return };
            for key in keys {
                let is_ours = |key| registration.mode == Mode::Sync || stream.take_turn(key);
                if stream.options.prefix.matches(&key) && is_ours(&key) {
                    read_later(&registration, key);
                }
            }
        }
    });
    workers().submit_always(job);
}

/// Reads batches until there is none; the turn is ours.
fn take_turns(py: Python<'_>, registration: &Arc<Registration>, stream: &Stream, key: &[u8]) {
    loop {
        match take_turn(py, registration, stream, key) {
            // The turn stays the execution's until that has ended.
            Turn::Elsewhere => return,
            Turn::Over { goes_on } => {
                if !has_next_turn(registration, stream, key, goes_on) {
                    return;
                }
            }
        }
    }
}

/// Ends the turn and takes the next one, if there is any.
fn has_next_turn(registration: &Registration, stream: &Stream, key: &[u8], goes_on: bool) -> bool {
    if !stream.end_turn(key) && !goes_on {
        return false;
    }
    !registration.is_aborted() && stream.take_turn(key)
}

/// What came of a turn.
enum Turn {
    Over {
        goes_on: bool,
    },
    /// The function waits for a coroutine, or was given up: the next turns are
    /// taken from there.
    Elsewhere,
}

/// Reads one batch and runs the function over it.
fn take_turn(
    py: Python<'_>,
    registration: &Arc<Registration>,
    stream: &Stream,
    key: &[u8],
) -> Turn {
    let over = |goes_on| Turn::Over { goes_on };
    if registration.is_aborted() {
        return over(false);
    }
    let recovering = stream.must_recover(key);
    let options = &stream.options;
    let entries = lock::with_redis(py, |context| {
        // Registrations are taken out under the same lock.
        if context.is_replica() || stream.is_closed() {
            return None;
        }
        if context.writes_are_paused() {
            let (registration, key) = (Arc::clone(registration), key.to_vec());
            if recovering {
                stream.recover_again(&key);
            }
            context.after(PAUSE_LOOK, move |context| {
                read_stream(context, &registration, &key);
            });
            return None;
        }
        let entries = if recovering {
            let left = read_left(context, key, options.batch);
            // The first execution is for what is left, even if that is nothing
            // (spec section 12, 23).
            let begins = stream.begins(key);
            left.filter(|left| begins || !left.is_empty())
        } else {
            next_batch(context, registration, stream, key)
        };
        // Under the lock, so that nobody finds them left behind.
        take_in_hand(key, entries.as_deref().unwrap_or_default());
        Some(entries)
    });
    let entries = match entries {
        None => return over(false),
        // Nothing was left from before: on to what is new.
        Some(None) => return over(recovering),
        Some(Some(entries)) => entries,
    };
    let batch = Batch {
        key: key.to_vec(),
        entries,
        recovering,
    };
    run(py, registration, stream, batch)
}

/// Entries that were read for one execution.
struct Batch {
    key: Vec<u8>,
    entries: Vec<Entry>,
    recovering: bool,
}

/// Does what the policy says after an execution; says whether to go on.
fn settle(
    py: Python<'_>,
    registration: &Arc<Registration>,
    stream: &Stream,
    batch: &Batch,
    end: BatchEnd,
) -> bool {
    let options = &stream.options;
    let Batch {
        key,
        entries,
        recovering,
    } = batch;
    if end == BatchEnd::WantsPause {
        leave(py, stream, batch);
        stream.set_status(Status::Paused);
        stream.recover_again(key);
        return false;
    }
    if entries.is_empty() {
        // Nothing was left from before: on to what is new.
        return true;
    }
    match (end, options.policy) {
        (BatchEnd::Succeeded, _) | (_, FailurePolicy::Continue) => {
            let trim = options.trim;
            lock::with_redis(py, |context| acknowledge(context, key, entries, trim));
            if *recovering {
                stream.recover_again(key);
            }
            true
        }
        (_, FailurePolicy::Abort) => {
            leave(py, stream, batch);
            stream.set_status(Status::Aborted);
            false
        }
        (_, FailurePolicy::Retry) => {
            leave(py, stream, batch);
            stream.wait_for_retry(key);
            let wait = options.retry_interval;
            let (registration, key) = (Arc::clone(registration), key.clone());
            lock::with_redis(py, |context| {
                context.after(wait, move |context| retry(context, &registration, &key));
            });
            false
        }
    }
}

/// Leaves entries that are not done to whoever looks for them: the function itself, or, when it was taken out, others.
fn leave(py: Python<'_>, stream: &Stream, batch: &Batch) {
    let_go(&batch.key, &batch.entries);
    if stream.is_closed() {
        leave_to_others(py, &batch.key);
    }
}

/// Has the registrations that read the stream now look for what one that was taken out leaves there.
fn leave_to_others(py: Python<'_>, key: &[u8]) {
    let others = registry().listeners().into_iter();
    let others = others.filter(|other| match &other.kind {
        Kind::Stream(stream) => stream.options.prefix.matches(key),
        _ => false,
    });
    let others: Vec<_> = others.collect();
    lock::with_redis(py, |context| {
        for other in others {
            if let Kind::Stream(stream) = &other.kind {
                stream.recover_again(key);
                let key = key.to_vec();
                context.after(Duration::ZERO, move |context| {
                    read_stream(context, &other, &key)
                });
            }
        }
    });
}

fn retry(context: &Context, registration: &Arc<Registration>, key: &[u8]) {
    if let Kind::Stream(stream) = &registration.kind
        && stream.end_wait_for_retry(key)
    {
        read_stream(context, registration, key);
    }
}

/// Reads a full batch, or a smaller one whose first entry has waited enough.
fn next_batch(
    context: &Context,
    registration: &Arc<Registration>,
    stream: &Stream,
    key: &[u8],
) -> Option<Vec<Entry>> {
    let options = &stream.options;
    if options.batch > 1 {
        let waiting = count_waiting(context, key, options.batch);
        if waiting < options.batch {
            if waiting == 0 || options.duration.is_zero() {
                stream.forget_wait(key);
                return None;
            }
            if let Some(left) = stream.left_to_wait(key, options.duration) {
                let (registration, key) = (Arc::clone(registration), key.to_vec());
                context.after(left, move |context| {
                    read_stream(context, &registration, &key);
                });
                return None;
            }
        }
    }
    stream.forget_wait(key);
    read_group(context, key, options.batch, b">").filter(|entries| !entries.is_empty())
}

/// Runs the function over a batch, and settles it.
fn run(py: Python<'_>, registration: &Arc<Registration>, stream: &Stream, batch: Batch) -> Turn {
    let batch = Arc::new(batch);
    let waiting = {
        let (registration, batch) = (Arc::clone(registration), Arc::clone(&batch));
        // As after any failure, but from another worker.
        Waiting::Turn(Box::new(move || {
            workers().submit_first(Box::new(move |py| {
                go_on(py, &registration, &batch, BatchEnd::Failed);
            }));
        }))
    };
    let limit = match registration.mode {
        Mode::Sync => registration.limit_here(),
        _ => registration.limit_on_worker(),
    };
    let entries = Entries {
        registration: Arc::clone(registration),
        batch,
    };
    let call = Call::new(registration, waiting, entries);
    let user = registration.session.user.clone();
    let limit = limit.filter(|_| !registration.deals_out());
    let ended = call.run(py, user, limit, |call, began| {
        run_batch(py, registration, call, began)
    });
    match ended {
        None => Turn::Elsewhere,
        Some((entries, end)) => Turn::Over {
            goes_on: settle(py, registration, stream, &entries.batch, end),
        },
    }
}

fn run_batch(
    py: Python<'_>,
    registration: &Arc<Registration>,
    call: &Call<Entries>,
    began: Instant,
) -> Run {
    let batch = &call.occasion().batch;
    // A sync function has the server to itself, so it cannot wait.
    let may_wait = registration.mode != Mode::Sync;
    let mut pipeline = Pipeline::new(&registration.function, &registration.session, may_wait);
    let mut records = VecDeque::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        match entry_record(py, &batch.key, entry) {
            Ok(record) => records.push_back(record.unbind()),
            Err(error) => pipeline.fail(py, &error),
        }
    }
    if registration.deals_out() && pipeline.wants_more() {
        let user = registration.session.user.clone();
        let records = SpreadRecords::Here(records.into());
        return spread(registration, call.execution(), user, records).open(py, began);
    }
    Run::new(pipeline, Source::Records(records), began).reading_on()
}

/// Entries of a stream, whose end says how to go on with it.
struct Entries {
    registration: Arc<Registration>,
    batch: Arc<Batch>,
}

impl Occasion for Entries {
    type Told = BatchEnd;
    type Next = (Self, BatchEnd);

    fn listing(&self) -> Listing {
        Listing::Latest
    }

    fn about(&self) -> Option<Vec<&[u8]>> {
        let entries = &self.batch.entries;
        let mut about = vec![self.batch.key.as_slice()];
        about.extend(entries.first().map(|first| first.id.as_slice()));
        about.extend(entries.iter().skip(1).last().map(|last| last.id.as_slice()));
        Some(about)
    }

    fn outlives(&self) -> bool {
        // They were delivered: nobody else would process them now.
        true
    }

    fn tells(&self, _: Python<'_>, outcome: &Outcome, state: State) -> BatchEnd {
        if state == State::Aborted {
            return BatchEnd::Failed;
        }
        BatchEnd::of_error(outcome.errors.first().map(String::as_str))
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, end: BatchEnd) -> Self::Next {
        drop(waiting);
        if let Some(last) = self.batch.entries.last() {
            self.registration.note_lag(lag(&last.id));
        }
        (self, end)
    }

    fn go_on(py: Python<'_>, (entries, end): Self::Next) {
        go_on(py, &entries.registration, &entries.batch, end);
    }
}

/// Goes on after an execution that did not end where it began.
fn go_on(py: Python<'_>, registration: &Arc<Registration>, batch: &Batch, end: BatchEnd) {
    let Kind::Stream(stream) = &registration.kind else {
        return;
    };
    let goes_on = settle(py, registration, stream, batch, end);
    if has_next_turn(registration, stream, &batch.key, goes_on) {
        read_later(registration, batch.key.clone());
    }
}
