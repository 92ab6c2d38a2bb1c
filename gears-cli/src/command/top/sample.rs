//! What a server says at one moment.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use gears_runtime::{
    Gears,
    data::{ExecutionInfo, ExecutionStatus, Registration, RegistrationData},
};

use crate::{
    failure::{Failure, Result},
    identity::is_alone,
    load::{Asker, FunctionLoad, GearLoad, Load, PATIENCE, Workers},
    refusal::Refusals,
    registration,
};

/// All that is shown, at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) taken: Instant,
    pub(super) gears: Vec<Gear>,
    /// The executions that have not ended.
    pub(super) runs: Vec<Run>,
    /// `None` where the server does not tell.
    pub(super) workers: Option<Workers>,
    /// The shards that were asked.
    pub(super) shards: Vec<Place>,
    /// Those that do not let this user ask for times, queue and workers.
    pub(super) refused: Refusals,
}

/// A shard, and what it does.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: String,
    /// Runs that ended, however.
    pub(super) ended: i64,
    pub(super) failed: i64,
    /// How many executions it lists that have not ended.
    pub(super) executions: usize,
    /// `None` where the server does not tell.
    pub(super) workers: Option<Workers>,
}

/// A registration, or one of the server's own functions in Python, on all shards together.
#[derive(Clone, Debug)]
pub(super) struct Gear {
    pub(super) key: Key,
    pub(super) mode: String,
    pub(super) session: Option<String>,
    pub(super) triggered: i64,
    /// Runs that ended, however.
    pub(super) ended: i64,
    pub(super) failed: i64,
    pub(super) aborted: i64,
    /// `None` where the server does not tell.
    pub(super) load: Option<GearLoad>,
    /// As the first shard told it; a function has none.
    registration: Option<Registration>,
    /// The shards that have it.
    shards: Vec<String>,
}

/// What stands in the place of a function's reader: the command that calls it.
const FCALL: &str = "FCALL";

/// What tells registrations apart, and functions.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) reader: String,
    /// Its id on the first shard that has it; a function has none.
    pub(super) id: String,
    /// That shard, where each numbers for itself.
    shard: Option<String>,
}

/// An execution that has not ended, on one shard.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) shard: String,
    pub(super) id: String,
    /// What it runs; `None` where the server does not tell.
    pub(super) gear: Option<Key>,
    pub(super) status: ExecutionStatus,
    /// `None` where the server does not tell.
    pub(super) age: Option<Duration>,
    /// How many records it has read; `None` where the server does not tell.
    pub(super) records: Option<u64>,
    pub(super) registered: bool,
}

/// Asks one server, or all shards of a cluster, again and again.
pub(super) struct Sampler {
    gears: Gears,
    asker: Asker,
}

impl Sampler {
    pub(super) fn new(gears: &Gears) -> Self {
        Self {
            gears: gears.clone().with_response_timeout(PATIENCE),
            asker: Asker::default(),
        }
    }

    /// Asks.
    ///
    /// # Errors
    ///
    /// A shard does not answer.
    pub(super) fn take(&mut self) -> Result<Sample> {
        let shards = self.gears.shards()?;
        let mut sample = Sample {
            taken: Instant::now(),
            gears: Vec::new(),
            runs: Vec::new(),
            workers: None,
            shards: Vec::with_capacity(shards.len()),
            refused: Refusals::new(shards.len()),
        };
        for (id, shard) in &shards {
            let registrations = shard.dump_registrations()?;
            let executions = shard.dump_executions()?;
            let load = self.asker.ask(id, shard)?;
            sample.add(id, &registrations, &executions, &load);
            if let Some(why) = load.refused {
                sample.refused.add(Some(id), why);
            }
        }
        Ok(sample)
    }
}

/// Aborts an execution on the shard that listed it.
///
/// # Errors
///
/// It is not there any more, or the server refuses.
pub(super) fn abort(gears: &Gears, run: &Run) -> Result {
    let shards = gears.shards()?;
    let Some(shard) = shards.get(&run.shard) else {
        return Err(Failure::server(format!("there is no shard {} now", run.shard)));
    };
    shard.execution(run.id.as_str()).abort()?;
    Ok(())
}

impl Sample {
    /// Adds what one shard says.
    fn add(&mut self, shard: &str, registrations: &[Registration], runs: &[ExecutionInfo], load: &Load) {
        let before = self.runs.len();
        let tells = load.workers.is_some();
        let mut keys: HashMap<&str, Key> = HashMap::new();
        for one in registrations {
            let told = load.gears.get(one.id.as_str()).copied();
            let place = self.add_gear(Gear::of(one, shard, told.filter(|_| tells)));
            keys.insert(one.id.as_str(), self.gears[place].key.clone());
        }
        let mut functions = (0, 0);
        for (name, told) in &load.functions {
            let gear = Gear::of_function(name, shard, told);
            functions = (functions.0 + gear.ended, functions.1 + gear.failed);
            self.add_gear(gear);
        }
        for run in runs.iter().filter(|run| !run.status.is_finished()) {
            let told = match &load.unfinished {
                None => None,
                // What it does not tell of has ended since it was listed.
                Some(unfinished) => match unfinished.get(run.id.as_str()) {
                    None => continue,
                    told => told,
                },
            };
            let registration = told.and_then(|told| told.registration.as_deref());
            let gear = registration.and_then(|id| keys.get(id));
            self.runs.push(Run {
                shard: shard.to_owned(),
                id: run.id.to_string(),
                gear: gear.cloned(),
                status: run.status.clone(),
                age: told.map(|told| told.age),
                // What has a registration gets its records from it.
                records: told.filter(|_| !run.registered).map(|told| told.records),
                registered: run.registered,
            });
        }
        let data = || registrations.iter().map(|one| &one.data);
        let ended = |data: &RegistrationData| data.num_success + data.num_failures + data.num_aborted;
        self.shards.push(Place {
            id: shard.to_owned(),
            ended: functions.0 + data().map(ended).sum::<i64>(),
            failed: functions.1 + data().map(|data| data.num_failures).sum::<i64>(),
            executions: self.runs.len() - before,
            workers: load.workers,
        });
        match (&mut self.workers, load.workers) {
            (Some(ours), Some(theirs)) => ours.add(theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
    }

    /// Adds what one shard says of a gear; returns the place of its row.
    fn add_gear(&mut self, gear: Gear) -> usize {
        let place = self.gears.iter().position(|ours| ours.is_same(&gear));
        let place = place.unwrap_or(self.gears.len());
        match self.gears.get_mut(place) {
            Some(ours) => ours.add(&gear),
            None => self.gears.push(gear),
        }
        place
    }
}

impl Run {
    /// Returns what tells executions apart, on whichever shards they run: one that numbers as if there were no
    /// other means its own.
    pub(super) fn whole(&self) -> (&str, &str) {
        let shard = self.id.rsplit_once('-').map_or("", |(shard, _)| shard);
        (if is_alone(shard) { &self.shard } else { "" }, &self.id)
    }
}

impl Key {
    fn of(one: &Registration, shard: &str) -> Self {
        let alone = one.id.shard_id().is_none_or(is_alone);
        Self {
            name: registration::name(one).into_owned(),
            reader: one.reader.clone(),
            id: one.id.to_string(),
            shard: alone.then(|| shard.to_owned()),
        }
    }
}

impl Gear {
    fn of(one: &Registration, shard: &str, load: Option<GearLoad>) -> Self {
        let data = &one.data;
        Self {
            key: Key::of(one, shard),
            mode: data.mode.to_string(),
            session: registration::session(one).map(str::to_owned),
            triggered: data.num_triggered,
            ended: data.num_success + data.num_failures + data.num_aborted,
            failed: data.num_failures,
            aborted: data.num_aborted,
            load,
            registration: Some(one.clone()),
            shards: vec![shard.to_owned()],
        }
    }

    /// Makes it of a function, which the server runs itself: nothing of it waits.
    fn of_function(name: &str, shard: &str, told: &FunctionLoad) -> Self {
        let calls = i64::try_from(told.calls).unwrap_or(i64::MAX);
        Self {
            key: Key {
                name: name.to_owned(),
                reader: FCALL.to_owned(),
                id: String::new(),
                shard: None,
            },
            mode: "sync".to_owned(),
            session: None,
            triggered: calls,
            ended: calls,
            failed: i64::try_from(told.failures).unwrap_or(i64::MAX),
            aborted: 0,
            load: Some(GearLoad {
                p50: told.p50,
                p99: told.p99,
                ..GearLoad::default()
            }),
            registration: None,
            shards: vec![shard.to_owned()],
        }
    }

    /// Tells whether it is one of the server's own functions.
    pub(super) fn is_function(&self) -> bool {
        self.registration.is_none()
    }

    /// Tells whether another shard has registered the same.
    fn is_same(&self, other: &Self) -> bool {
        if self.key.shard.is_none() {
            return self.key == other.key;
        }
        // Twice on one shard is meant to be twice.
        let (Some(ours), Some(theirs)) = (&self.registration, &other.registration) else {
            return false;
        };
        other.shards.iter().all(|shard| !self.shards.contains(shard)) && registration::is_same(ours, theirs)
    }

    /// Adds the same registration of another shard.
    fn add(&mut self, other: &Self) {
        self.shards.extend_from_slice(&other.shards);
        self.triggered += other.triggered;
        self.ended += other.ended;
        self.failed += other.failed;
        self.aborted += other.aborted;
        match (&mut self.load, other.load) {
            (Some(ours), Some(theirs)) => {
                // The slowest shard is what somebody has to know.
                ours.p50 = ours.p50.max(theirs.p50);
                ours.p99 = ours.p99.max(theirs.p99);
                ours.waiting += theirs.waiting;
                ours.running += theirs.running;
            }
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
    }
}
