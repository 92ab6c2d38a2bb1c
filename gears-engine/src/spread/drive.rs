//! Runs that this shard drives: has all others get ready, begins, and waits for their reports.

use std::sync::Arc;
use std::time::Instant;

use gears_model::message::{Answered, Ask, Origin, Prepare, Told, Work};
use gears_model::{ShardId, Topology};
use gears_server::Context;
use pyo3::prelude::*;

use super::departures::Place;
use super::leg::{Leg, Task};
use super::map::Map;
use super::records::Records;
use super::{gathering, legs, program, report};
use crate::cluster;
use crate::config::config;
use crate::execution::run::{Run, Variables};
use crate::execution::waiting::Part;
use crate::execution::{Spread, SpreadRecords};
use crate::lock;
use crate::persist::record;
use crate::plan::Pipeline;
use crate::python::failure;
use crate::reader::Source;
use crate::requirement::requirements;
use crate::session::Session;
use crate::share::exchange;

/// How many bytes a shard may send another one for a stage before that has taken them, at most.
const WINDOW: usize = 256 * 1024;

/// How many bytes it may in any case, so that what it sends makes some way.
const LEAST_WINDOW: usize = 4 * 1024;

/// Begins a run over all shards; what comes of it is what the run that this returns gathers.
pub(crate) fn run(py: Python<'_>, spread: Spread, began: Instant) -> Run {
    let session = Arc::clone(&spread.session);
    match begin(py, spread, began) {
        Ok(run) => run,
        Err(error) => {
            let mut pipeline = Pipeline::new(&Arc::default(), &session, false);
            pipeline.fail_with(error);
            Run::new(pipeline, Source::Record(None), began)
        }
    }
}

fn begin(py: Python<'_>, spread: Spread, began: Instant) -> Result<Run, String> {
    let work = match (&spread.registration, &spread.records) {
        (Some(registration), records) => Work::Registered {
            id: registration.id,
            trigger: match records {
                SpreadRecords::Words(words) => words.first().cloned().unwrap_or_default(),
                _ => Vec::new(),
            },
        },
        (None, SpreadRecords::Reader(reader)) => {
            let sent = program::encode(py, &spread, reader);
            Work::Sent(sent.map_err(|error| failure::text(py, &error))?.into())
        }
        (None, _) => return Err("what runs on all shards has a reader or a trigger".to_owned()),
    };
    let packages = (spread.registration.is_none() && !spread.session.requirements.is_empty())
        .then(|| py.detach(|| packages(&spread.session)));
    let variables = Variables::copy(py);
    lock::with_redis(py, |context| {
        let topology = cluster::topology(context)
            .ok_or_else(|| "this server knows no cluster (any more)".to_owned())?;
        if cluster::is_replica(&topology) {
            return Err(format!(
                "this node is a replica of shard {}: ask a primary for what runs on all shards",
                topology.own
            ));
        }
        let (leg, prepare) = prepare(&topology, work, spread, variables);
        let run = gathering::open(&leg, began);
        legs::add(&leg, None);
        match packages {
            Some(packages) => bring(context, leg, packages, prepare),
            None => ask_ready(context, &leg, prepare),
        }
        Ok(run)
    })
}

fn prepare(
    topology: &Topology,
    work: Work,
    spread: Spread,
    variables: Option<Variables>,
) -> (Arc<Leg>, Prepare) {
    let run = spread.execution.id;
    let map = Map::of(topology);
    let senders = spread.function.stages().len() * map.shards().len();
    let window = (config().cluster_run_memory() / senders).clamp(LEAST_WINDOW, WINDOW);
    let (origin, records) = match spread.records {
        SpreadRecords::Words(words) => (Origin::Words(words.clone()), Records::Words(words)),
        SpreadRecords::Reader(reader) => (Origin::Reader, Records::Reader(reader)),
        SpreadRecords::Here(records) => (Origin::Elsewhere, Records::These(records)),
    };
    let prepare = Prepare {
        run,
        work,
        user: spread.user.to_tell(),
        origin,
        shards: map.shards().to_vec(),
        cut: spread.function.cut(),
        window: window as u64,
        cause: spread.registration.as_ref().map(|cause| cause.id),
        is_kept: spread.is_kept,
    };
    let place = Place {
        run,
        map: Arc::new(map),
        window,
    };
    let task = Task {
        function: spread.function,
        session: spread.session,
        user: spread.user,
        limit: spread.limit,
        max_idle: match &spread.registration {
            Some(registration) => registration.max_idle,
            None => config().execution_max_idle_time(),
        },
        records,
        variables,
    };
    let leg = Leg::new(place, task);
    spread.execution.note_shared();
    leg.set_execution(&spread.execution);
    (leg, prepare)
}

/// Has the other shards bring the packages of a session: its wheels go along, as far as there
/// are any.
fn packages(session: &Session) -> Ask {
    let wheels = requirements().pack(&session.requirements, false);
    Ask::Bring {
        record: record::encode(session, []),
        wheels: wheels
            .into_iter()
            .flatten()
            .map(|wheels| wheels.record)
            .collect(),
    }
}

fn bring(context: &Context, leg: Arc<Leg>, packages: Ask, prepare: Prepare) {
    let asks = leg.others().map(|shard| (shard, packages.clone()));
    let asks = asks.collect();
    exchange::ask_each(context, leg.max_idle, asks, move |context, answers| {
        if agree(&leg, answers) {
            ask_ready(context, &leg, prepare);
        }
    });
}

fn ask_ready(context: &Context, leg: &Arc<Leg>, prepare: Prepare) {
    let ask = Ask::Prepare(Box::new(prepare));
    let asks = leg.others().map(|shard| (shard, ask.clone())).collect();
    let leg = Arc::clone(leg);
    exchange::ask_each(context, leg.max_idle, asks, move |context, answers| {
        if agree(&leg, answers) {
            note_ready(&leg);
            start(context, &leg);
        }
    });
}

/// Ends the run before it begins if a shard refuses or is not there: nothing runs anywhere then.
fn agree(leg: &Leg, answers: Vec<(ShardId, Answered)>) -> bool {
    let refusals = answers
        .into_iter()
        .filter_map(|(shard, answer)| Some(of_shard(shard, answer.err()?)));
    let refusals: Vec<_> = refusals.collect();
    let all_agree = refusals.is_empty();
    for refusal in refusals {
        leg.fail(refusal);
    }
    if !all_agree {
        leg.tell_others(|_| Told::Abort);
        leg.abort();
    }
    all_agree
}

fn note_ready(leg: &Leg) {
    if let Some(execution) = leg.execution() {
        for _ in leg.others() {
            execution.note_ready();
        }
    }
}

fn start(context: &Context, leg: &Arc<Leg>) {
    if !leg.begin(leg.others()) {
        // The others have been told.
        return;
    }
    for shard in leg.others() {
        let ask = Ask::Start(leg.place.run);
        let leg = Arc::clone(leg);
        exchange::ask_each(
            context,
            leg.max_idle,
            vec![(shard, ask)],
            move |_, answers| {
                for (shard, answer) in answers {
                    end_shard(&leg, shard, answer);
                }
            },
        );
    }
}

fn end_shard(leg: &Leg, shard: ShardId, answer: Answered) {
    if let Some(execution) = leg.execution() {
        execution.note_part_ended();
    }
    let report = answer.and_then(|bytes| report::decode(&bytes).map_err(|damaged| damaged.0));
    match report {
        Ok(report) => leg.end_shard(shard, report),
        // Another shard was the first to say that it was lost.
        Err(_) if leg.has_lost(shard) => leg.end_shard(shard, Part::default()),
        Err(error) => {
            lose_everywhere(leg, shard, &error);
            leg.end_shard(shard, Part::failed(of_shard(shard, error)));
        }
    }
}

/// Goes on without a shard that another one has lost: what it has for that one does not arrive.
pub(super) fn lose(leg: &Leg, shard: ShardId, cause: String) {
    if leg.has_lost(shard) {
        return;
    }
    leg.fail(format!("{IDLE}: shard {shard} was lost: {cause}"));
    lose_everywhere(leg, shard, &cause);
}

fn lose_everywhere(leg: &Leg, lost: ShardId, cause: &str) {
    if leg.has_lost(lost) {
        return;
    }
    leg.lose(lost);
    leg.tell_others(|shard| {
        if shard == lost {
            // It may only have been away.
            return Told::Abort;
        }
        Told::Lost {
            shard: lost,
            cause: cause.to_owned(),
        }
    });
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
