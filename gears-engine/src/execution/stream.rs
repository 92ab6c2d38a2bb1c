//! Functions that read streams (spec section 3.4).
//!
//! Entries are read through a consumer group, so the server's own data says how
//! far a registration is: an entry is acknowledged only after its execution has
//! ended, and what was delivered to an earlier life of the server comes first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::flow::Run;
use super::{Execution, State, list_ended};
use crate::api::{Answer, Bring, Context, LogLevel, Scanner, log};
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::reader::Source;
use crate::registration::{End, FailurePolicy, Kind, Mode, Registration, Status, Stream};
use crate::watchdog::Watched;
use crate::{engine, lock, user};

const GROUP: &[u8] = b"__gears_consumer_group__";
const CONSUMER: &[u8] = b"__gears_client__";

/// How often it is looked whether paused writes go on.
const PAUSE_LOOK: Duration = Duration::from_millis(100);

/// An entry of a stream.
pub(crate) struct Entry {
    pub(crate) id: Vec<u8>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Has a registration read a stream to which entries came.
pub(crate) fn read_stream(context: &Context, registration: &Arc<Registration>, key: &[u8]) {
    let Kind::Stream(stream) = &registration.kind else {
        return;
    };
    if !stream.take_turn(key) {
        return;
    }
    if registration.mode == Mode::Sync {
        let _held = lock::enter_again(context);
        Python::attach(|py| take_turns(py, registration, stream, key));
        return;
    }
    read_later(registration, key.to_vec());
}

/// The turn is taken already; a sync function takes it only with the server's
/// lock, so that no command finds it taken and goes on without the function.
fn read_later(registration: &Arc<Registration>, key: Vec<u8>) {
    let registration = Arc::clone(registration);
    let again = Arc::clone(&registration);
    let lost = key.clone();
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
    if engine::get().workers.submit(job).is_err()
        && again.mode != Mode::Sync
        && let Kind::Stream(stream) = &again.kind
    {
        // Nothing is lost: the entries are in the stream, and the next one
        // that comes makes somebody look.
        stream.end_turn(&lost);
    }
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
    let _ = engine::get().workers.submit(job);
}

/// Reads batches until there is none; the turn is ours.
fn take_turns(py: Python<'_>, registration: &Arc<Registration>, stream: &Stream, key: &[u8]) {
    loop {
        match take_turn(py, registration, stream, key) {
            // The turn stays the execution's until that has ended.
            Turn::Waits => return,
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
    /// The function waits for a coroutine and takes the next turns itself.
    Waits,
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
        if recovering {
            let left = read_group(context, key, options.batch, b"0");
            return Some(left.filter(|left| !left.is_empty()));
        }
        Some(next_batch(context, registration, stream, key))
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
    failed: Option<String>,
) -> bool {
    let options = &stream.options;
    let Batch {
        key,
        entries,
        recovering,
    } = batch;
    let error = match failed {
        Some(error) if error.starts_with("PAUSE") => {
            stream.set_status(Status::Paused);
            stream.recover_again(key);
            return false;
        }
        other => other,
    };
    match (error, options.policy) {
        (None, _) | (Some(_), FailurePolicy::Continue) => {
            let trim = options.trim;
            lock::with_redis(py, |context| acknowledge(context, key, entries, trim));
            if *recovering {
                stream.recover_again(key);
            }
            true
        }
        (Some(_), FailurePolicy::Abort) => {
            stream.set_status(Status::Aborted);
            false
        }
        (Some(_), FailurePolicy::Retry) => {
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

/// Counts the entries that were not delivered, up to `most`.
fn count_waiting(context: &Context, key: &[u8], most: i64) -> i64 {
    let start = match last_delivered(context, key) {
        Some(id) => [b"(".as_slice(), &id].concat(),
        None => b"-".to_vec(),
    };
    let most = most.to_string();
    let found = context.call(b"XRANGE", &[key, &start, b"+", b"COUNT", most.as_bytes()]);
    match found {
        Ok(Answer::Array(entries)) => i64::try_from(entries.len()).unwrap_or(i64::MAX),
        _ => 0,
    }
}

fn last_delivered(context: &Context, key: &[u8]) -> Option<Vec<u8>> {
    let Ok(Answer::Array(groups)) = context.call(b"XINFO", &[b"GROUPS", key]) else {
        return None;
    };
    groups.iter().find_map(|group| {
        let Answer::Array(fields) = group else {
            return None;
        };
        let field = |name: &[u8]| {
            fields.chunks(2).find_map(|pair| match pair {
                [Answer::Text(field), Answer::Text(value)] if field == name => Some(value),
                _ => None,
            })
        };
        (field(b"name")? == GROUP).then(|| field(b"last-delivered-id").cloned())?
    })
}

/// Reads entries through the group, which is made when it is missing.
fn read_group(context: &Context, key: &[u8], batch: i64, from: &[u8]) -> Option<Vec<Entry>> {
    let batch = batch.max(1).to_string();
    let read = || {
        context.call(
            b"XREADGROUP",
            &[
                b"GROUP",
                GROUP,
                CONSUMER,
                b"COUNT",
                batch.as_bytes(),
                b"STREAMS",
                key,
                from,
            ],
        )
    };
    let answer = match read() {
        Err(failure) if failure.message.starts_with("NOGROUP") => {
            context
                .call(b"XGROUP", &[b"CREATE", key, GROUP, b"0"])
                .ok()?;
            read()
        }
        other => other,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            log(
                LogLevel::Warning,
                &format!(
                    "the stream {} cannot be read: {}",
                    String::from_utf8_lossy(key),
                    failure.message
                ),
            );
            return None;
        }
    };
    Some(entries(answer))
}

/// Reads the answer to a read of one stream:
/// `[[key, [[id, [field, value, …]], …]]]`.
pub(crate) fn entries(answer: Answer) -> Vec<Entry> {
    let elements = |answer| match answer {
        Some(Answer::Array(elements)) => elements,
        _ => Vec::new(),
    };
    let stream = elements(Some(answer)).into_iter().next();
    let read = elements(stream).into_iter().nth(1);
    elements(read).into_iter().filter_map(entry).collect()
}

fn entry(answer: Answer) -> Option<Entry> {
    let Answer::Array(parts) = answer else {
        return None;
    };
    let mut parts = parts.into_iter();
    let Some(Answer::Text(id)) = parts.next() else {
        return None;
    };
    // An entry that was deleted after its delivery has no fields any more; it
    // is acknowledged with the others.
    let fields = match parts.next() {
        Some(Answer::Array(fields)) => fields,
        _ => Vec::new(),
    };
    let texts: Vec<_> = fields
        .into_iter()
        .map(|field| match field {
            Answer::Text(text) => text,
            _ => Vec::new(),
        })
        .collect();
    let fields = texts
        .chunks(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
        .collect();
    Some(Entry { id, fields })
}

fn acknowledge(context: &Context, key: &[u8], entries: &[Entry], trim: bool) {
    let ids = entries.iter().map(|entry| entry.id.clone()).collect();
    acknowledge_ids(context, key, ids, trim);
}

fn acknowledge_ids(context: &Context, key: &[u8], ids: Vec<Vec<u8>>, trim: bool) {
    if context.writes_are_paused() {
        let key = key.to_vec();
        context.after(PAUSE_LOOK, move |context| {
            acknowledge_ids(context, &key, ids, trim);
        });
        return;
    }
    let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
    let mut arguments = vec![key, GROUP];
    arguments.extend(&ids);
    let acknowledged = context.call(b"XACK", &arguments);
    if let Err(failure) = acknowledged {
        log(
            LogLevel::Warning,
            &format!("stream entries cannot be acknowledged: {}", failure.message),
        );
    }
    if trim {
        // By their ids, not by a length: what nobody has processed stays.
        let mut arguments = vec![key];
        arguments.extend(&ids);
        let _ = context.call(b"XDEL", &arguments);
    }
}

/// Runs the function over a batch, and settles it.
fn run(py: Python<'_>, registration: &Arc<Registration>, stream: &Stream, batch: Batch) -> Turn {
    let engine = engine::get();
    let execution = engine
        .executions
        .create(true, Arc::clone(&registration.plan));
    let limit = registration.timeout.or(match registration.mode {
        Mode::Sync => engine.config.sync_deadline(),
        _ => engine.config.async_deadline(),
    });
    let watched = Watched::begin(py, limit);
    registration.note_triggered();
    let _user = user::run_as(registration.session.user.clone());
    if !execution.begin(watched.slot()) {
        registration.note_aborted();
        drop(watched);
        let failed = Some("aborted".to_owned());
        let goes_on = settle(py, registration, stream, &batch, failed);
        return Turn::Over { goes_on };
    }
    let started = Instant::now();
    // A sync function has the server to itself, so it cannot wait.
    let may_wait = registration.mode != Mode::Sync;
    let mut pipeline = Pipeline::new(&registration.plan, &registration.session, may_wait);
    let mut records = VecDeque::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        match entry_record(py, &batch.key, entry) {
            Ok(record) => records.push_back(record.unbind()),
            Err(error) => pipeline.fail(py, &error),
        }
    }
    let mut run = Run::new(pipeline, Source::Records(records)).reading_on();
    if run.drive(py) {
        let outcome = run.into_outcome();
        let failed = outcome.errors.first().cloned();
        let done = State::Done;
        end(
            py,
            registration,
            &execution,
            outcome,
            done,
            started.elapsed(),
        );
        note_lag(registration, &batch);
        drop(watched);
        let goes_on = settle(py, registration, stream, &batch, failed);
        return Turn::Over { goes_on };
    }
    let (registration, parked) = (Arc::clone(registration), Arc::clone(&execution));
    let then = Box::new(move |py: Python<'_>, outcome: Outcome, state| {
        let failed = if state == State::Aborted {
            Some("aborted".to_owned())
        } else {
            outcome.errors.first().cloned()
        };
        end(
            py,
            &registration,
            &execution,
            outcome,
            state,
            started.elapsed(),
        );
        note_lag(&registration, &batch);
        let Kind::Stream(stream) = &registration.kind else {
            return;
        };
        let goes_on = settle(py, &registration, stream, &batch, failed);
        if has_next_turn(&registration, stream, &batch.key, goes_on) {
            read_later(&registration, batch.key);
        }
    });
    run.park(py, parked, limit, then);
    drop(watched);
    Turn::Waits
}

fn note_lag(registration: &Registration, batch: &Batch) {
    let lag = batch.entries.last().map(|entry| lag(&entry.id));
    registration.note_lag(lag.unwrap_or_default());
}

fn end(
    py: Python<'_>,
    registration: &Arc<Registration>,
    execution: &Arc<Execution>,
    outcome: Outcome,
    state: State,
    took: Duration,
) {
    if state == State::Aborted {
        registration.note_aborted();
    } else {
        registration.note_ended(&End::of(&outcome.errors), took);
    }
    execution.end_as(py, outcome, state);
    list_ended(registration, execution);
}

/// Makes the record of an entry.
pub(crate) fn entry_record<'py>(
    py: Python<'py>,
    key: &[u8],
    entry: &Entry,
) -> PyResult<Bound<'py, PyAny>> {
    let record = PyDict::new(py);
    record.set_item(pyo3::intern!(py, "key"), convert::text_or_bytes(py, key))?;
    record.set_item(
        pyo3::intern!(py, "id"),
        convert::text_or_bytes(py, &entry.id),
    )?;
    record.set_item(
        pyo3::intern!(py, "value"),
        convert::fields(py, &entry.fields)?,
    )?;
    Ok(record.into_any())
}

/// How long ago an entry was added, by the time in its id.
fn lag(id: &[u8]) -> Duration {
    let added = std::str::from_utf8(id)
        .ok()
        .and_then(|id| id.split('-').next()?.parse().ok())
        .map(Duration::from_millis);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    added.map_or(Duration::ZERO, |added| now.saturating_sub(added))
}
