//! Functions that a client calls by their trigger.

use std::sync::Arc;
use std::time::Instant;

use gears_model::{Mode, State};
use gears_server::{Context, Recorded, Refusal, Reply};
use pyo3::prelude::*;

use crate::execution::call::{Call, Here, Listing, Occasion};
use crate::execution::reply::reply_results;
use crate::execution::run::Run;
use crate::execution::waiting::{Waiting, empty};
use crate::execution::{Execution, Spread, SpreadRecords, check_can_wait, submit_call};
use crate::lock::gil;
use crate::plan::{Function, Outcome, Pipeline};
use crate::python::convert;
use crate::reader::Source;
use crate::registration::Registration;
use crate::session::Session;
use crate::session::user::User;
use crate::thread::turn::Mark;

/// Runs a triggered function and answers, now or from a worker.
///
/// # Errors
///
/// When the function cannot run, or the client cannot wait where it is.
pub(crate) fn trigger<'a>(
    context: &Context,
    registration: Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Refusal> {
    registration.check_usable().inspect_err(|_| {
        // Who calls it in vain needs it too.
        registration.note_called(Instant::now());
    })?;
    if registration.mode == Mode::Sync {
        // As the server's own command that a client has sent, and no part of another one.
        let may_wait = !context.denies_blocking();
        let run = |py: Python<'_>| run_sync(py, context, &registration, words, may_wait);
        return match may_wait {
            true => gil::attach_for_turn(Mark::TRIGGER, run),
            false => gil::attach(run),
        };
    }
    check_can_wait(context)?;
    registration.note_called(Instant::now());
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let user = User::of_client(context);
    let waiting = Waiting::Caller(context.block_client());
    let lane = registration.lane_in_order();
    let call = Call::new(&registration, waiting, Caller);
    let id = call.execution().id;
    if registration.runs_everywhere() {
        let job = Box::new(move |py: Python<'_>| {
            let records = SpreadRecords::Words(words);
            let spread = spread(&registration, call.execution(), user.clone(), records);
            call.run(py, user, None, |_, began| spread.open(py, began));
        });
        submit_call(lane, job, id);
        return Ok(());
    }
    let job = Box::new(move |py: Python<'_>| {
        let limit = registration.limit_on_worker();
        let words = words.iter().map(Vec::as_slice);
        call.run(py, user, limit, |_, began| {
            run_record(
                py,
                &registration.function,
                &registration.session,
                words,
                true,
                began,
            )
        });
    });
    submit_call(lane, job, id);
    Ok(())
}

/// Has a registered function run over all shards.
pub(super) fn spread(
    registration: &Arc<Registration>,
    execution: &Arc<Execution>,
    user: User,
    records: SpreadRecords,
) -> Spread {
    Spread {
        execution: Arc::clone(execution),
        function: Arc::clone(&registration.function),
        session: Arc::clone(&registration.session),
        user,
        limit: registration.limit_on_worker(),
        timeout: None,
        // Calls are answered, and not looked up.
        is_kept: !matches!(records, SpreadRecords::Words(_)),
        records,
        registration: Some(Arc::clone(registration)),
    }
}

/// Runs the function on this thread, which the server waits for, until it
/// ends or waits for a coroutine; then its client waits in its place.
fn run_sync<'a>(
    py: Python<'_>,
    mut context: &Context,
    registration: &Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
    may_wait: bool,
) {
    let here = Here::begin(py, registration, Some(User::Client));
    let (function, session) = (&registration.function, &registration.session);
    let mut run = run_record(py, function, session, words, may_wait, here.began());
    if run.drive(py) {
        here.end(registration, &mut run, |outcome| {
            reply_trigger(py, outcome, &mut context);
        });
    } else {
        let waiting = Waiting::Caller(context.block_client());
        let call = Call::new(registration, waiting, Caller);
        // The server is not kept any more: from here on it is as async_local.
        here.wait(py, run, call, registration.limit_on_worker());
    }
}

/// The client of a trigger.
pub(crate) struct Caller;

impl Occasion for Caller {
    type Told = Recorded;
    type Next = ();

    fn listing(&self) -> Listing {
        Listing::Nowhere
    }

    fn tells(&self, py: Python<'_>, outcome: &Outcome, state: State) -> Recorded {
        if state == State::Aborted {
            return empty();
        }
        let mut reply = Recorded::new();
        reply_trigger(py, outcome, &mut reply);
        reply
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, reply: Recorded) {
        waiting.answer(reply);
    }

    fn go_on(_: Python<'_>, (): ()) {}
}

/// Prepares a function for one record, the words of a command that began at
/// that time.
pub(crate) fn run_record<'a>(
    py: Python<'_>,
    function: &Arc<Function>,
    session: &Arc<Session>,
    words: impl Iterator<Item = &'a [u8]>,
    may_wait: bool,
    started: Instant,
) -> Run {
    let mut pipeline = Pipeline::new(function, session, may_wait);
    let source = match convert::list_of_words(py, words) {
        Ok(record) => Source::record(record.into_any().unbind()),
        Err(error) => {
            pipeline.fail(py, &error);
            Source::Record(None)
        }
    };
    Run::new(pipeline, source, started)
}

/// The first error is the whole answer (spec section 1.2).
pub(crate) fn reply_trigger(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    match outcome.errors.first() {
        Some(error) => reply.error(error),
        None => reply_results(py, outcome, reply),
    }
}
