//! Stages that run here for a function that another shard drives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::message::{Source, Stage as Asked, Work};
use gears_model::plan::Callback;
use gears_model::{Id, ShardId, State};
use gears_server::text::until_nul;
use gears_server::{Context, Refusal};
use pyo3::prelude::*;

use super::part;
use super::program::{self, Program};
use super::stage::{Edge, Stage, stages};
use crate::cluster;
use crate::config::config;
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::run::Run;
use crate::execution::waiting::{Part, Taker, Waiting};
use crate::execution::{check_room, executions};
use crate::occasion::trigger::run_record;
use crate::plan::{Function, Outcome, Pipeline};
use crate::python::failure;
use crate::reader;
use crate::registration::{Registration, registry};
use crate::session::Session;
use crate::session::user::{self, User};
use crate::share::inbox;
use crate::thread::worker::{Job, workers};

/// Runs a stage and answers with what it brings.
pub(crate) fn serve(context: &Context, peer: ShardId, number: u64, asked: Asked) {
    let user = User::told(asked.user.as_deref());
    let job = check(context, &user).and_then(|()| match asked.work {
        Work::Registered { id, ref trigger } => {
            let registration = find(id, trigger)?;
            let refusal = |refusal: Refusal| refusal.to_string();
            registration.check_usable().map_err(refusal)?;
            Ok(of_registration(registration, peer, number, asked, user))
        }
        Work::Sent(ref program) => {
            let program = Arc::clone(program);
            Ok(of_program(program, peer, number, asked, user))
        }
    });
    match job {
        // Behind what was asked before: that it would be refused is checked.
        Ok(job) => workers().submit_always(job),
        Err(error) => inbox::answer(peer, number, Err(told(&error))),
    }
}

fn check(context: &Context, user: &User) -> Result<(), String> {
    user.check_known(context)?;
    check_room().map_err(|refusal| refusal.to_string())
}

fn find(id: Id, trigger: &[u8]) -> Result<Arc<Registration>, String> {
    // While it is replaced, the caller's shard may have another one under the trigger.
    let found = registry()
        .by_id(id)
        .or_else(|| registry().by_trigger(until_nul(trigger)));
    found.ok_or_else(|| format!("the function {id} is not registered on this shard"))
}

/// Says on which shard it was.
fn told(error: &str) -> String {
    format!("shard {}: {error}", cluster::shard_id())
}

fn of_registration(
    registration: Arc<Registration>,
    peer: ShardId,
    number: u64,
    asked: Asked,
    user: User,
) -> Job {
    let limit = registration.limit_on_worker();
    let put = answer(peer, number);
    Box::new(move |py| {
        let (function, session) = (&registration.function, &registration.session);
        let part = at(function, asked.number).and_then(|stage| {
            let opened = Records::told(py, asked.source)?;
            Ok((stage, opened))
        });
        match part {
            Ok((stage, records)) => {
                let session = Arc::clone(session);
                run_once(py, stage, records, session, user, limit, put);
            }
            Err(error) => put.take(failed(&error)),
        }
    })
}

fn of_program(program: Arc<[u8]>, peer: ShardId, number: u64, asked: Asked, user: User) -> Job {
    let put = answer(peer, number);
    Box::new(move |py| {
        let decoded = {
            let _user = user::run_as(user.clone());
            program::decode(py, &program, user.clone())
        };
        let part = decoded.and_then(|program| {
            let Program {
                function,
                reader,
                timeout,
                session,
            } = program;
            let records = match asked.source {
                Source::Reader => Records::ReaderOfAnother(reader),
                source => Records::told(py, source)?,
            };
            Ok((at(&function, asked.number)?, records, session, timeout))
        });
        match part {
            Ok((stage, records, session, timeout)) => {
                let limit = timeout.or(config().async_deadline());
                run_once(py, stage, records, session, user, limit, put);
            }
            Err(error) => put.take(failed(&error)),
        }
    })
}

fn answer(peer: ShardId, number: u64) -> Taker {
    Taker::new(move |part| inbox::answer(peer, number, Ok(part::encode(&part))))
}

fn failed(error: &str) -> Part {
    Part {
        errors: vec![told(error)],
        ..Part::default()
    }
}

fn at(function: &Function, number: u64) -> Result<Stage, String> {
    let place = usize::try_from(number).unwrap_or(usize::MAX);
    stages(function)
        .into_iter()
        .nth(place)
        .ok_or_else(|| "the function has other steps on this shard".to_owned())
}

/// Where the records of a stage come from, here.
pub(super) enum Records {
    /// One, of the words of a command.
    Words(Vec<Vec<u8>>),
    Reader(reader::BatchReader),
    /// The same for another shard, which wants what comes behind an error too, as in RedisGears.
    ReaderOfAnother(reader::BatchReader),
    These(Vec<Py<PyAny>>),
}

impl Records {
    fn told(py: Python<'_>, source: Source) -> Result<Self, String> {
        Ok(match source {
            Source::Words(words) => Self::Words(words),
            Source::Reader => return Err("the function has no reader".to_owned()),
            Source::Records(records) => {
                let records = records.iter().map(|bytes| part::record(py, bytes));
                Self::These(records.collect::<Result<_, _>>()?)
            }
        })
    }

    /// Prepares a stage over them.
    pub(super) fn open(
        self,
        py: Python<'_>,
        function: &Arc<Function>,
        session: &Arc<Session>,
        began: Instant,
    ) -> Run {
        let pipeline = || Pipeline::new(function, session, true);
        match self {
            Self::Words(words) => {
                let words = words.iter().map(Vec::as_slice);
                run_record(py, function, session, words, true, began)
            }
            Self::Reader(reader) => Run::new(pipeline(), reader.open(py), began),
            Self::ReaderOfAnother(reader) => {
                Run::new(pipeline(), reader.open(py), began).reading_on()
            }
            Self::These(records) => {
                let source = reader::Source::Records(records.into());
                Run::new(pipeline(), source, began).reading_on()
            }
        }
    }
}

/// Runs a stage on this thread.
pub(super) fn run_once(
    py: Python<'_>,
    stage: Stage,
    records: Records,
    session: Arc<Session>,
    user: User,
    limit: Option<Duration>,
    put: Taker,
) {
    let function = Arc::clone(&stage.function);
    let execution = executions().create_run(Arc::clone(&function), false, Waiting::Part(put));
    let call = Call::once(execution, OnShard { stage });
    call.run(py, user, limit, |_, began| {
        records.open(py, &function, &session, began)
    });
}

/// A stage on one shard.
pub(super) struct OnShard {
    pub(super) stage: Stage,
}

impl OnShard {
    /// Finds the keys by which the records go on; those that have none are errors.
    fn deal(&self, py: Python<'_>, extractor: Callback, outcome: &Outcome) -> Part {
        let mut part = Part {
            errors: outcome.errors.clone(),
            ..Part::default()
        };
        for record in &outcome.results {
            let callbacks = self.stage.function.callbacks();
            match callbacks.key_of(extractor, record.bind(py).clone()) {
                Ok(key) => {
                    part.keys.push(key.into_bytes());
                    part.records.push(record.clone_ref(py));
                }
                Err(error) => part.errors.push(failure::of(py, &error).text),
            }
        }
        part
    }
}

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
        if let Edge::ByKey(extractor) = self.stage.edge {
            return self.deal(py, extractor, outcome);
        }
        let records = outcome.results.iter();
        Part {
            records: records.map(|record| record.clone_ref(py)).collect(),
            keys: Vec::new(),
            errors: outcome.errors.clone(),
        }
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, part: Part) {
        if let Waiting::Part(taker) = waiting {
            taker.take(part);
        }
    }

    fn go_on(_: Python<'_>, (): ()) {}
}
