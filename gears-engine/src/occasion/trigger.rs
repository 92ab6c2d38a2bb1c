//! Functions that a client calls by their trigger.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::{End, Mode, State};
use gears_server::{Context, Recorded, Reply};
use pyo3::prelude::*;

use crate::config::config;
use crate::execution::duty::Duty;
use crate::execution::run::Run;
use crate::execution::waiting::{Waiting, empty};
use crate::execution::{check_can_wait, executions, reply_results, submit_call};
use crate::lock::gil;
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::reader::Source;
use crate::registration::Registration;
use crate::session::user::{self, User};
use crate::watchdog::Watched;

/// Runs a triggered function and answers, now or from a worker.
///
/// # Errors
///
/// The text for a client that cannot wait where it is.
pub(crate) fn trigger<'a>(
    context: &Context,
    registration: Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<(), String> {
    registration.check_usable()?;
    if registration.mode == Mode::Sync {
        return gil::attach(|py| run_sync(py, context, &registration, words));
    }
    check_can_wait(context)?;
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let user = User::of_client(context);
    let waiting = Waiting::Caller(context.block_client());
    let lane = registration.lane_in_order();
    let duty = Duty::new(executions().create(&registration, waiting));
    let number = duty.number;
    let job = Box::new(move |py: Python<'_>| {
        let limit = registration.timeout.or(config().async_deadline());
        let watched = Watched::begin(py, limit);
        let _user = user::run_as(user);
        if registration.is_aborted() || !duty.begin(watched.slot()) {
            drop(watched);
            duty.end_unbegun(None);
            executions().forget(number);
            return;
        }
        let words = words.iter().map(Vec::as_slice);
        registration.note_triggered();
        let mut run = run_record(py, &registration, words, true, watched.began());
        let finish = Finish {
            registration,
            duty,
            started: run.started(),
        };
        if run.drive(py) {
            finish.answer(py, run.into_outcome(), State::Done);
        } else {
            finish.later(py, run, limit);
        }
        drop(watched);
    });
    submit_call(lane, job, number);
    Ok(())
}

/// Runs the function on this thread, which the server waits for, until it
/// ends or waits for a coroutine; then its client waits in its place.
fn run_sync<'a>(
    py: Python<'_>,
    mut context: &Context,
    registration: &Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) {
    let limit = registration.timeout.or(config().sync_deadline());
    let watched = Watched::begin(py, limit);
    let _user = user::run_as(User::Client);
    registration.note_triggered();
    let may_wait = !context.denies_blocking();
    let mut run = run_record(py, registration, words, may_wait, watched.began());
    let started = run.started();
    if run.drive(py) {
        let outcome = run.into_outcome();
        registration.note_ended(&End::of(&outcome.errors), started.elapsed());
        reply_trigger(py, &outcome, &mut context);
    } else {
        let waiting = Waiting::Caller(context.block_client());
        let duty = Duty::new(executions().create(registration, waiting));
        duty.begin(watched.slot());
        let finish = Finish {
            registration: Arc::clone(registration),
            duty,
            started,
        };
        // The server is not kept any more: from here on it is as async_local.
        let limit = registration.timeout.or(config().async_deadline());
        finish.later(py, run, limit);
    }
    drop(watched);
}

/// What is left to do when a triggered function has ended.
struct Finish {
    registration: Arc<Registration>,
    duty: Duty,
    started: Instant,
}

impl Finish {
    fn later(self, py: Python<'_>, run: Run, limit: Option<Duration>) {
        let execution = Arc::clone(self.duty.execution());
        let then = Box::new(move |py: Python<'_>, outcome, state| self.answer(py, outcome, state));
        run.park(py, execution, limit, then);
    }

    fn answer(self, py: Python<'_>, outcome: Outcome, state: State) {
        let Some(waiting) = self.duty.claim() else {
            return;
        };
        let reply = if state == State::Aborted {
            self.registration.note_aborted();
            empty()
        } else {
            self.registration
                .note_ended(&End::of(&outcome.errors), self.started.elapsed());
            let mut reply = Recorded::new();
            reply_trigger(py, &outcome, &mut reply);
            reply
        };
        self.duty.end_as(py, outcome, state);
        executions().forget(self.duty.number);
        waiting.answer(reply);
    }
}

/// Prepares a function for one record, the words of a command that began at
/// that time.
pub(super) fn run_record<'a>(
    py: Python<'_>,
    registration: &Registration,
    words: impl Iterator<Item = &'a [u8]>,
    may_wait: bool,
    started: Instant,
) -> Run {
    let mut pipeline = Pipeline::new(&registration.plan, &registration.session, may_wait);
    let source = match convert::list_of_texts(py, words) {
        Ok(record) => Source::record(record.into_any().unbind()),
        Err(error) => {
            pipeline.fail(py, &error);
            Source::Record(None)
        }
    };
    Run::new(pipeline, source, started)
}

/// The first error is the whole answer (spec section 1.2).
fn reply_trigger(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    match outcome.errors.first() {
        Some(error) => reply.error(error),
        None => reply_results(py, outcome, reply),
    }
}
