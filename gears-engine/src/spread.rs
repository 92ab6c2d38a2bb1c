//! A function that runs on every shard for one call: its parts are put together where it was
//! called.
//!
//! Each shard runs the steps up to the first that gathers records, and what comes out goes to
//! the shard of the caller, which runs the others (cluster spec, section 7).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gears_model::message::{Answered, Ask, RemoteCall};
use gears_model::plan::Step;
use gears_model::wire::{Fields, Reader, text as text_of};
use gears_model::{ShardId, State};
use gears_server::text::until_nul;
use gears_server::{BlockedClient, Context, Recorded, Refusal};
use pyo3::prelude::*;

use crate::cluster;
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::run::Run;
use crate::execution::waiting::{Part, Waiting};
use crate::execution::{check_can_wait, check_room, executions, submit_call};
use crate::occasion::trigger::{reply_trigger, run_record};
use crate::plan::{Function, Outcome, Pipeline};
use crate::python::{failure, value};
use crate::reader::Source;
use crate::registration::{Registration, registry};
use crate::session::user::User;
use crate::share::{exchange, inbox};
use crate::thread::worker::workers;

/// Cuts a function into what runs on each shard, and what runs on the caller's.
fn cut(function: &Function) -> (Arc<Function>, Arc<Function>) {
    let plan = function.plan();
    let edge = plan.iter().position(Step::is_edge).unwrap_or(plan.len());
    let (on_each, rest) = plan.split_at(edge);
    let part = |steps: &[Step]| Arc::new(function.with_plan(steps.to_vec()));
    (part(on_each), part(rest))
}

/// Runs a triggered function on all shards, and answers when all have ended.
///
/// # Errors
///
/// When the client cannot wait where it is, or no more work can.
pub(crate) fn call<'a>(
    context: &Context,
    registration: &Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Refusal> {
    registration.check_usable()?;
    check_can_wait(context)?;
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let user = User::of_client(context);
    let (on_each, rest) = cut(&registration.function);
    let gathering = Arc::new(Gathering {
        registration: Arc::clone(registration),
        rest,
        user: user.clone(),
        state: Mutex::new(Parts {
            client: Some(context.block_client()),
            own: None,
            others: None,
        }),
    });
    let asked = RemoteCall {
        registration: registration.id,
        user: user.to_tell(),
        words: words.clone(),
    };
    let others = Arc::clone(&gathering);
    let (number, peers) = (exchange::next(), cluster::others(context));
    exchange::ask(
        context,
        number,
        &peers,
        Ask::Call(asked),
        move |_, answers| {
            others.put(|parts| parts.others = Some(answers));
        },
    );
    let own = Box::new(move |part| gathering.put(|parts| parts.own = Some(part)));
    run_part(registration, true, on_each, user, words, own);
    Ok(())
}

/// Runs the part of this shard for a call of another one, and answers it.
pub(crate) fn serve(context: &Context, peer: ShardId, number: u64, called: RemoteCall) {
    // While it is replaced, the caller's shard may have another one under the trigger.
    let by_trigger = || registry().by_trigger(until_nul(called.words.first()?));
    let found = registry().by_id(called.registration).or_else(by_trigger);
    let found = found.ok_or_else(|| {
        format!(
            "the function {} is not registered on this shard",
            called.registration
        )
    });
    let checked = found.and_then(|registration| {
        let user = User::told(called.user.as_deref());
        if let User::Named(name) = &user
            && !context.knows_user(name)
        {
            let name = String::from_utf8_lossy(name);
            return Err(format!(
                "the user {name} is not known on this shard: create it on all of them (ACL SETUSER)"
            ));
        }
        let refusal = |refusal: Refusal| refusal.to_string();
        registration.check_usable().map_err(refusal)?;
        check_room().map_err(refusal)?;
        Ok((registration, user))
    });
    let (registration, user) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            let error = format!("shard {}: {error}", cluster::shard_id());
            return inbox::answer(peer, number, Err(error));
        }
    };
    let (on_each, _) = cut(&registration.function);
    let put = Box::new(move |part: Part| inbox::answer(peer, number, Ok(encode(&part))));
    run_part(&registration, false, on_each, user, called.words, put);
}

/// Runs a function's first part on a worker and hands on what came out. Only calls of the
/// caller's shard are counted.
fn run_part(
    registration: &Arc<Registration>,
    counts: bool,
    function: Arc<Function>,
    user: User,
    words: Vec<Vec<u8>>,
    put: Box<dyn FnOnce(Part) + Send>,
) {
    let waiting = Waiting::Part(put);
    let call = if counts {
        Call::new(registration, waiting, OnShard)
    } else {
        let execution = executions().create_run(Arc::clone(&function), false, waiting);
        Call::once(execution, OnShard)
    };
    let number = call.execution().number;
    let (registration, lane) = (Arc::clone(registration), registration.lane_in_order());
    let job = Box::new(move |py: Python<'_>| {
        let limit = registration.limit_on_worker();
        let words = words.iter().map(Vec::as_slice);
        call.run(py, user, limit, |_, began| {
            run_record(py, &function, &registration.session, words, true, began)
        });
    });
    submit_call(lane, job, number);
}

/// One shard's part of a call.
struct OnShard;

impl Occasion for OnShard {
    type Told = Part;
    type Next = ();

    fn listing(&self) -> Listing {
        Listing::Nowhere
    }

    fn tells(&self, py: Python<'_>, outcome: &Outcome, state: State) -> Part {
        if state == State::Aborted {
            return Part::default();
        }
        Part {
            records: outcome
                .results
                .iter()
                .map(|record| record.clone_ref(py))
                .collect(),
            errors: outcome.errors.clone(),
        }
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, part: Part) {
        if let Waiting::Part(put) = waiting {
            put(part);
        }
    }

    fn go_on(_: Python<'_>, (): ()) {}
}

/// The parts of a call, on the caller's shard.
struct Gathering {
    registration: Arc<Registration>,
    rest: Arc<Function>,
    user: User,
    state: Mutex<Parts>,
}

struct Parts {
    client: Option<BlockedClient>,
    own: Option<Part>,
    others: Option<Vec<(ShardId, Answered)>>,
}

impl Gathering {
    /// Adds what came; when all is there, runs the rest on a worker and answers.
    fn put(self: &Arc<Self>, add: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts();
        add(&mut parts);
        if parts.own.is_none() || parts.others.is_none() {
            return;
        }
        let (own, others) = (parts.own.take(), parts.others.take());
        drop(parts);
        let gathering = Arc::clone(self);
        workers().submit_always(Box::new(move |py| {
            gathering.finish(py, own.unwrap_or_default(), others.unwrap_or_default());
        }));
    }

    fn finish(&self, py: Python<'_>, own: Part, others: Vec<(ShardId, Answered)>) {
        let mut all = own;
        for (shard, answered) in others {
            let part = answered.and_then(|bytes| decode(py, &bytes));
            match part {
                Ok(part) => {
                    all.records.extend(part.records);
                    all.errors.extend(part.errors);
                }
                Err(error) if error.contains(shard.as_str()) => all.errors.push(error),
                Err(error) => all.errors.push(format!("shard {shard}: {error}")),
            }
        }
        // The first error is the whole answer: nothing runs for the others.
        if !all.errors.is_empty() {
            return self.answer(py, &Outcome::of_errors(all.errors));
        }
        self.run_rest(py, all.records);
    }

    fn answer(&self, py: Python<'_>, outcome: &Outcome) {
        let Some(client) = self.parts().client.take() else {
            return;
        };
        let mut reply = Recorded::new();
        reply_trigger(py, outcome, &mut reply);
        client.answer(reply);
    }

    fn run_rest(&self, py: Python<'_>, records: Vec<Py<PyAny>>) {
        let Some(client) = self.parts().client.take() else {
            return;
        };
        let execution =
            executions().create_run(Arc::clone(&self.rest), false, Waiting::Caller(client));
        let call = Call::once(execution, crate::occasion::trigger::Caller);
        let limit = self.registration.limit_on_worker();
        call.run(py, self.user.clone(), limit, |_, began| {
            let pipeline = Pipeline::new(&self.rest, &self.registration.session, true);
            Run::new(pipeline, Source::Records(records.into()), began)
        });
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

mod tag {
    pub(super) const RECORD: u8 = 1;
    pub(super) const ERROR: u8 = 2;
}

/// Writes a part; records that cannot cross are errors.
fn encode(part: &Part) -> Vec<u8> {
    let mut fields = Fields::default();
    // Answers are handed on by workers, which are attached, and in their place by the watchdog,
    // which is not, and has no records.
    if !part.records.is_empty() {
        Python::attach(|py| {
            for record in &part.records {
                match value::encode(record.bind(py)) {
                    Some(bytes) => fields.put(tag::RECORD, &bytes),
                    None => fields.put(tag::ERROR, value::NOT_PLAIN.as_bytes()),
                }
            }
        });
    }
    for error in &part.errors {
        fields.put(tag::ERROR, error.as_bytes());
    }
    fields.finish()
}

fn decode(py: Python<'_>, bytes: &[u8]) -> Result<Part, String> {
    let mut part = Part::default();
    let mut reader = Reader::new(bytes);
    while let Some((tag, field)) = reader.field().map_err(|damaged| damaged.0)? {
        match tag {
            tag::RECORD => {
                let record = value::decode(py, field);
                let record = record.map_err(|error| failure::text(py, &error))?;
                part.records.push(record.unbind());
            }
            tag::ERROR => part
                .errors
                .push(text_of(field).map_err(|damaged| damaged.0)?),
            _ => {}
        }
    }
    Ok(part)
}
