//! A function that runs on several shards, on the one that drives it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gears_model::message::{Answered, Ask, Source, Stage as Asked, Work};
use gears_model::{ShardId, Topology, slot_of};
use gears_server::Context;
use pyo3::prelude::*;

use super::part;
use super::serve::{OnShard, Records, run_once};
use super::stage::{Edge, Stage, stages};
use crate::execution::call::Call;
use crate::execution::waiting::{Part, Taker, Waiting};
use crate::execution::{Finish, submit_call};
use crate::lock;
use crate::plan::Function;
use crate::python::value;
use crate::registration::Registration;
use crate::session::Session;
use crate::session::user::User;
use crate::share::exchange;
use crate::thread::worker::workers;

/// What runs, and for whom.
pub(super) struct Cause {
    pub(super) work: Work,
    pub(super) session: Arc<Session>,
    pub(super) user: User,
    pub(super) limit: Option<Duration>,
    /// What the other shards are asked before anything runs.
    pub(super) before: Ask,
    /// The registration whose counters count it, once.
    pub(super) registration: Option<Arc<Registration>>,
}

/// A function under way.
pub(super) struct Drive {
    cause: Cause,
    stages: Vec<Stage>,
    /// The shards as they were when it began.
    topology: Arc<Topology>,
    progress: Mutex<Progress>,
}

struct Progress {
    stage: usize,
    own: Option<Part>,
    others: Option<Vec<(ShardId, Answered)>>,
    errors: Vec<String>,
    finish: Option<Finish>,
}

impl Drive {
    /// Begins with the first stage on all shards, when all have said that they are there: with
    /// one that is not, nothing runs anywhere.
    pub(super) fn begin(
        context: &Context,
        topology: Arc<Topology>,
        function: &Function,
        cause: Cause,
        source: (Records, Source),
        finish: Finish,
    ) {
        let (own, told) = source;
        let others = topology
            .others()
            .into_iter()
            .map(|shard| (shard, told.clone()));
        let others = others.collect();
        let drive = Arc::new(Self {
            cause,
            stages: stages(function),
            topology,
            progress: Mutex::new(Progress {
                stage: 0,
                own: None,
                others: None,
                errors: Vec::new(),
                finish: Some(finish),
            }),
        });
        let before = drive.cause.before.clone();
        let present = drive.topology.others().into_iter();
        let present = present.map(|shard| (shard, before.clone()));
        let number = exchange::next();
        exchange::ask_each(
            context,
            number,
            present.collect(),
            move |context, answers| {
                let absent: Vec<_> = answers
                    .into_iter()
                    .filter_map(|(shard, answer)| Some(of_shard(shard, answer.err()?)))
                    .collect();
                if absent.is_empty() {
                    drive.run_stage(context, 0, Some(own), others);
                } else {
                    drive.progress().errors = absent;
                    workers().submit_always(Box::new(move |py| drive.finish(py, Vec::new())));
                }
            },
        );
    }

    /// Has a stage run here and on others, as far as there are records for it.
    fn run_stage(
        self: &Arc<Self>,
        context: &Context,
        stage: usize,
        own: Option<Records>,
        others: Vec<(ShardId, Source)>,
    ) {
        {
            let mut progress = self.progress();
            progress.stage = stage;
            progress.own = own.is_none().then(Part::default);
            progress.others = others.is_empty().then(Vec::new);
        }
        let asks = others.into_iter().map(|(shard, source)| {
            let asked = Asked {
                work: self.cause.work.clone(),
                number: stage as u64,
                user: self.cause.user.to_tell(),
                source,
            };
            (shard, Ask::Run(asked))
        });
        let asks: Vec<_> = asks.collect();
        if !asks.is_empty() {
            let drive = Arc::clone(self);
            exchange::ask_each(context, exchange::next(), asks, move |_, answers| {
                drive.put(|progress| progress.others = Some(answers));
            });
        }
        match own {
            Some(records) => self.run_here(stage, records),
            None => self.put(|_| {}),
        }
    }

    fn run_here(self: &Arc<Self>, place: usize, records: Records) {
        let drive = Arc::clone(self);
        let put = Taker::new(move |part| drive.put(|progress| progress.own = Some(part)));
        let stage = self.stages[place].clone();
        let (user, limit) = (self.cause.user.clone(), self.cause.limit);
        let session = Arc::clone(&self.cause.session);
        match &self.cause.registration {
            // It counts once, by what its first stage does here.
            Some(registration) if place == 0 => {
                let function = Arc::clone(&stage.function);
                let call = Call::new(registration, Waiting::Part(put), OnShard { stage });
                let (number, lane) = (call.execution().number, registration.lane_in_order());
                let job = Box::new(move |py: Python<'_>| {
                    call.run(py, user, limit, |_, began| {
                        records.open(py, &function, &session, began)
                    });
                });
                submit_call(lane, job, number);
            }
            _ => workers().submit_always(Box::new(move |py| {
                run_once(py, stage, records, session, user, limit, put);
            })),
        }
    }

    /// Adds what came; when the stage has ended everywhere, goes on on a worker.
    fn put(self: &Arc<Self>, add: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress();
        add(&mut progress);
        let (Some(_), Some(_)) = (&progress.own, &progress.others) else {
            return;
        };
        let own = progress.own.take().unwrap_or_default();
        let others = progress.others.take().unwrap_or_default();
        let stage = progress.stage;
        drop(progress);
        let drive = Arc::clone(self);
        workers().submit_always(Box::new(move |py| drive.go_on(py, stage, own, others)));
    }

    fn go_on(
        self: &Arc<Self>,
        py: Python<'_>,
        place: usize,
        own: Part,
        others: Vec<(ShardId, Answered)>,
    ) {
        let mut errors = own.errors;
        let mut gathered: Vec<_> = pairs(own.records, own.keys).collect();
        let edge = self.stages[place].edge;
        for (shard, answered) in others {
            match answered.and_then(|bytes| part::decode(py, &bytes)) {
                Ok(part) => {
                    errors.extend(part.errors);
                    if !matches!(edge, Edge::End) {
                        gathered.extend(pairs(part.records, part.keys));
                    }
                }
                Err(error) => errors.push(of_shard(shard, error)),
            }
        }
        self.progress().errors.append(&mut errors);
        match edge {
            Edge::End => self.finish(py, gathered),
            Edge::ToCaller => {
                let records = gathered.into_iter().map(|(_, record)| record).collect();
                self.next(py, place + 1, Some(Records::These(records)), Vec::new());
            }
            Edge::ByKey(_) => {
                let (own, others) = self.deal(py, gathered);
                let own = (!own.is_empty()).then_some(Records::These(own));
                self.next(py, place + 1, own, others);
            }
        }
    }

    fn next(
        self: &Arc<Self>,
        py: Python<'_>,
        stage: usize,
        own: Option<Records>,
        others: Vec<(ShardId, Source)>,
    ) {
        if others.is_empty() {
            let mut progress = self.progress();
            progress.stage = stage;
            progress.own = None;
            progress.others = Some(Vec::new());
            drop(progress);
            return match own {
                Some(records) => self.run_here(stage, records),
                None => self.put(|progress| progress.own = Some(Part::default())),
            };
        }
        lock::with_redis(py, |context| self.run_stage(context, stage, own, others));
    }

    /// Deals records out to the shards of their keys.
    fn deal(
        &self,
        py: Python<'_>,
        records: Vec<(Vec<u8>, Py<PyAny>)>,
    ) -> (Vec<Py<PyAny>>, Vec<(ShardId, Source)>) {
        let mut own = Vec::new();
        let mut others: BTreeMap<ShardId, Vec<Vec<u8>>> = BTreeMap::new();
        let mut errors = Vec::new();
        for (key, record) in records {
            let slot = slot_of(&key);
            match self.topology.owner(slot) {
                Some(shard) if shard.id == self.topology.me => own.push(record),
                Some(shard) => match value::encode(record.bind(py)) {
                    Some(bytes) => others.entry(shard.id).or_default().push(bytes),
                    None => errors.push(value::NOT_PLAIN.to_owned()),
                },
                None => errors.push(format!(
                    "the key '{}' is in slot {slot}, which no shard serves",
                    String::from_utf8_lossy(&key)
                )),
            }
        }
        self.progress().errors.append(&mut errors);
        let others = others.into_iter();
        let others = others.map(|(shard, records)| (shard, Source::Records(records)));
        (own, others.collect())
    }

    fn finish(&self, py: Python<'_>, records: Vec<(Vec<u8>, Py<PyAny>)>) {
        let mut progress = self.progress();
        let (errors, finish) = (std::mem::take(&mut progress.errors), progress.finish.take());
        drop(progress);
        if let Some(finish) = finish {
            let records = records.into_iter().map(|(_, record)| record);
            finish(py, records.collect(), errors);
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What RedisGears says of a shard that does not answer; the cause follows.
const IDLE: &str = "Execution max idle reached";

/// Says of which shard an error tells; of one that was lost, in RedisGears' words.
fn of_shard(shard: ShardId, error: String) -> String {
    if error.contains("was lost: ") {
        format!("{IDLE}: {error}")
    } else if error.contains(shard.as_str()) {
        error
    } else {
        format!("shard {shard}: {error}")
    }
}

/// Brings each record together with its key; with none, where they do not go by key.
fn pairs(
    records: Vec<Py<PyAny>>,
    keys: Vec<Vec<u8>>,
) -> impl Iterator<Item = (Vec<u8>, Py<PyAny>)> {
    let keys = keys.into_iter().chain(std::iter::repeat(Vec::new()));
    keys.zip(records)
}
