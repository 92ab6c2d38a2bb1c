//! Functions that read streams (spec section 3.4).
//!
//! Entries are read through a consumer group, so the server's own data says how
//! far a registration is: an entry is acknowledged only after its execution has
//! ended, and what was delivered to an earlier life of the server comes first.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::list_ended;
use crate::api::{Answer, Context, LogLevel, Scanner, log};
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::registration::{End, FailurePolicy, Kind, Mode, Registration, Status, Stream};
use crate::watchdog::Watched;
use crate::{engine, lock, user};

const GROUP: &[u8] = b"__gears_consumer_group__";
const CONSUMER: &[u8] = b"__gears_client__";

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

/// The turn is taken already.
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
            take_turns(py, &registration, stream, &key);
        } else {
            take_turns(py, &registration, stream, &key);
        }
    });
    if engine::get().workers.submit(job).is_err()
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
        let mut scanner = Scanner::new(pattern, false);
        loop {
            let keys = lock::with_redis(py, |context| {
                scanner.step(context).map(|keys| {
                    keys.into_iter()
                        .map(|key| key.name)
                        .filter(|key| context.is_stream(key))
                        .collect::<Vec<_>>()
                })
            });
            let Some(keys) = keys else { return };
            for key in keys {
                if stream.options.prefix.matches(&key) && stream.take_turn(&key) {
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
        let goes_on = take_turn(py, registration, stream, key);
        if !stream.end_turn(key) && !goes_on {
            return;
        }
        if registration.is_aborted() || !stream.take_turn(key) {
            return;
        }
    }
}

/// Reads one batch and runs the function over it; says whether to go on.
fn take_turn(
    py: Python<'_>,
    registration: &Arc<Registration>,
    stream: &Stream,
    key: &[u8],
) -> bool {
    if registration.is_aborted() {
        return false;
    }
    let recovering = stream.must_recover(key);
    let options = &stream.options;
    let entries = lock::with_redis(py, |context| {
        if context.is_replica() {
            return None;
        }
        if recovering {
            let left = read_group(context, key, options.batch, b"0");
            return Some(left.filter(|left| !left.is_empty()));
        }
        Some(next_batch(context, registration, stream, key))
    });
    let entries = match entries {
        None => return false,
        // Nothing was left from before: on to what is new.
        Some(None) => return recovering,
        Some(Some(entries)) => entries,
    };
    let failed = run(py, registration, key, &entries);
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
            lock::with_redis(py, |context| acknowledge(context, key, &entries, trim));
            if recovering {
                stream.recover_again(key);
            }
            true
        }
        (Some(_), FailurePolicy::Abort) => {
            stream.set_status(Status::Aborted);
            false
        }
        (Some(_), FailurePolicy::Retry) => {
            stream.set_status(Status::WaitingForRetry);
            stream.recover_again(key);
            let wait = options.retry_interval;
            let (registration, key) = (Arc::clone(registration), key.to_vec());
            lock::with_redis(py, |context| {
                context.after(wait, move |context| retry(context, &registration, &key));
            });
            false
        }
    }
}

fn retry(context: &Context, registration: &Arc<Registration>, key: &[u8]) {
    if let Kind::Stream(stream) = &registration.kind
        && stream.status() == Status::WaitingForRetry
    {
        stream.set_status(Status::Ok);
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
    let ids: Vec<&[u8]> = entries.iter().map(|entry| entry.id.as_slice()).collect();
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

/// Runs the function over a batch; returns the first error.
fn run(
    py: Python<'_>,
    registration: &Arc<Registration>,
    key: &[u8],
    entries: &[Entry],
) -> Option<String> {
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
        return Some("aborted".to_owned());
    }
    let started = Instant::now();
    let mut pipeline = Pipeline::new(py, &registration.plan);
    feed(py, &mut pipeline, key, entries);
    let outcome = pipeline.finish();
    let error = outcome.errors.first().cloned();
    end(py, registration, &execution, outcome, started.elapsed());
    registration.note_lag(
        entries
            .last()
            .map_or(Duration::ZERO, |entry| lag(&entry.id)),
    );
    drop(watched);
    error
}

fn end(
    py: Python<'_>,
    registration: &Arc<Registration>,
    execution: &Arc<super::Execution>,
    outcome: Outcome,
    took: Duration,
) {
    registration.note_ended(&End::of(&outcome.errors), took);
    execution.end(py, outcome);
    list_ended(registration, execution);
}

fn feed<'py>(py: Python<'py>, pipeline: &mut Pipeline<'_, 'py>, key: &[u8], entries: &[Entry]) {
    for entry in entries {
        match entry_record(py, key, entry) {
            Ok(record) => {
                pipeline.push(record);
            }
            Err(error) => pipeline.fail(error),
        }
    }
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
