//! What this shard does for runs that other shards drive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::message::{Answered, Origin, Prepare, Work};
use gears_model::{Id, ShardId};
use gears_server::text::until_nul;
use gears_server::{Context, Refusal};
use pyo3::prelude::*;

use super::departures::Place;
use super::leg::{Leg, Task};
use super::map::Map;
use super::prepared::Prepared;
use super::program::{self, Program};
use super::records::Records;
use super::{gathering, legs, show, tick, told};
use crate::cluster;
use crate::config::config;
use crate::execution::check_room;
use crate::registration::{Registration, registry};
use crate::session::user::{self, User};
use crate::share::inbox::{self, Runs};
use crate::share::links;
use crate::thread::worker::workers;

/// What other shards ask and tell of runs.
pub(crate) fn runs() -> Runs {
    Runs {
        prepare,
        start,
        show: show::answer,
        forget: told::forget,
        told: told::hear,
        tick: tick::tick,
    }
}

/// How soon is looked again whether this node knows all that take part.
const LOOK: Duration = Duration::from_millis(50);

/// Gets ready for a run when this node knows all that take part: it may have come a moment ago.
fn prepare(context: &Context, peer: ShardId, number: u64, prepare: Prepare) {
    wait_for_all(context, peer, number, prepare, Instant::now());
}

fn wait_for_all(context: &Context, peer: ShardId, number: u64, prepare: Prepare, since: Instant) {
    let me = cluster::shard_id();
    let others = prepare.shards.iter().map(|(shard, _)| *shard);
    let unknown = links::reach(context, others.filter(|shard| *shard != me));
    match unknown {
        None => get_ready(context, peer, number, prepare),
        Some(unknown) if since.elapsed() >= config().cluster_peer_timeout() => {
            let error = format!("it does not know the shard {unknown} (see RG.INFOCLUSTER)");
            inbox::answer(peer, number, Err(here(&error)));
        }
        Some(_) => context.after(LOOK, move |context| {
            wait_for_all(context, peer, number, prepare, since);
        }),
    }
}

fn get_ready(context: &Context, peer: ShardId, number: u64, prepare: Prepare) {
    let user = User::told(prepare.user.as_deref());
    let place = check(context, &user).and_then(|()| place(context, &prepare));
    let place = match place {
        Ok(place) => place,
        Err(error) => return inbox::answer(peer, number, Err(here(&error))),
    };
    match &prepare.work {
        Work::Registered { id, trigger } => {
            let task = of_registration(*id, trigger, &prepare, user);
            let ready = task.and_then(|task| add(place, task, &prepare));
            inbox::answer(peer, number, ready.map_err(|error| here(&error)));
        }
        Work::Sent(program) => {
            let program = Arc::clone(program);
            workers().submit_always(Box::new(move |py| {
                let task = of_program(py, &program, &prepare, user);
                let ready = task.and_then(|task| add(place, task, &prepare));
                inbox::answer(peer, number, ready.map_err(|error| here(&error)));
            }));
        }
    }
}

fn check(context: &Context, user: &User) -> Result<(), String> {
    user.check_known(context)?;
    check_room().map_err(|refusal| refusal.to_string())
}

fn place(context: &Context, prepare: &Prepare) -> Result<Place, String> {
    let me = cluster::shard_id();
    if cluster::others(context).is_empty() {
        return Err("it is no primary of a cluster".to_owned());
    }
    Ok(Place {
        run: prepare.run,
        map: Arc::new(Map::new(me, prepare.shards.clone())),
        window: usize::try_from(prepare.window).unwrap_or(usize::MAX),
    })
}

/// Says on which shard it was.
fn here(error: &str) -> String {
    format!("shard {}: {error}", cluster::shard_id())
}

fn of_registration(id: Id, trigger: &[u8], prepare: &Prepare, user: User) -> Result<Task, String> {
    // While it is replaced, the caller's shard may have another one under the trigger.
    let found = registry()
        .by_id(id)
        .or_else(|| registry().by_trigger(until_nul(trigger)));
    let registration: Arc<Registration> =
        found.ok_or_else(|| format!("the function {id} is not registered on this shard"))?;
    let refusal = |refusal: Refusal| refusal.to_string();
    registration.note_called(Instant::now());
    registration.check_usable().map_err(refusal)?;
    let records = match &prepare.origin {
        Origin::Words(words) => Records::Words(words.clone()),
        Origin::Elsewhere => Records::These(Vec::new()),
        Origin::Reader => return Err("the function has no reader".to_owned()),
    };
    Ok(Task {
        function: Arc::clone(&registration.function),
        session: Arc::clone(&registration.session),
        user,
        limit: registration.limit_on_worker(),
        max_idle: registration.max_idle,
        records,
        variables: None,
    })
}

fn of_program(
    py: Python<'_>,
    program: &[u8],
    prepare: &Prepare,
    user: User,
) -> Result<Task, String> {
    let Program {
        function,
        reader,
        timeout,
        session,
    } = {
        let _user = user::run_as(user.clone());
        program::decode(py, program, user.clone())?
    };
    let records = match prepare.origin {
        Origin::Reader => Records::ReaderOfAnother(reader),
        Origin::Words(_) | Origin::Elsewhere => Records::These(Vec::new()),
    };
    Ok(Task {
        function,
        session,
        user,
        limit: timeout.or(config().async_deadline()),
        max_idle: config().execution_max_idle_time(),
        records,
        variables: None,
    })
}

fn add(place: Place, task: Task, prepare: &Prepare) -> Answered {
    if task.function.cut() != prepare.cut {
        return Err(
            "the function has other steps on this shard, as it is being replaced: try again"
                .to_owned(),
        );
    }
    let leg = Leg::new(place, task);
    let prepared = Prepared::new(&leg, prepare.cause, prepare.is_kept);
    legs::add(&leg, Some(prepared));
    Ok(Vec::new())
}

fn start(_: &Context, peer: ShardId, number: u64, run: Id) {
    let has_ended = move || {
        let error = format!("the run {run} has ended on this shard before it began");
        inbox::answer(peer, number, Err(here(&error)));
    };
    let Some((leg, prepared)) = legs::take_prepared(run) else {
        return has_ended();
    };
    leg.set_question(peer, number);
    let user = leg.user.clone();
    workers().submit_always(Box::new(move |py| {
        let mut has_begun = false;
        prepared.run(py, user, |began| {
            has_begun = true;
            let run = gathering::open(&leg, began);
            leg.begin(std::iter::empty());
            run
        });
        if !has_begun && leg.take_question().is_some() {
            // Somebody has aborted it on this shard alone.
            legs::remove(&leg);
            has_ended();
        }
    }));
}
