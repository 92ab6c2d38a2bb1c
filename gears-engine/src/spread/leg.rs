//! What one shard does for a run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use gears_model::ShardId;
use gears_model::message::{Message, Told};
use pyo3::prelude::*;

use super::arrivals::Arrivals;
use super::departures::{Departures, Place};
use super::fate::Peers;
use super::records::Records;
use super::stage;
use crate::execution::Execution;
use crate::execution::call::Call;
use crate::execution::run::{Run, Variables};
use crate::execution::waiting::Part;
use crate::flow::{Flow, nudge};
use crate::ground::failed::Failed;
use crate::ground::poison::unpoisoned;
use crate::plan::Function;
use crate::session::Session;
use crate::session::user::User;
use crate::share::links;
use crate::thread::worker::workers;

/// What is run, and how.
pub(super) struct Task {
    pub(super) function: Arc<Function>,
    pub(super) session: Arc<Session>,
    pub(super) user: User,
    pub(super) limit: Option<Duration>,
    /// How long a shard may say nothing.
    pub(super) max_idle: Duration,
    pub(super) records: Records,
    /// The command that caused it, for functions that may know it.
    pub(super) variables: Option<Variables>,
}

/// What one shard does for a run.
pub(super) struct Leg {
    pub(super) place: Place,
    pub(super) function: Arc<Function>,
    pub(super) session: Arc<Session>,
    pub(super) user: User,
    pub(super) limit: Option<Duration>,
    pub(super) max_idle: Duration,
    /// What comes to each stage, and at the end what comes out; nothing to the first.
    arrivals: Vec<Option<Arc<Arrivals>>>,
    /// What each stage brings that runs here.
    departures: Vec<Option<Arc<Departures>>>,
    /// How often what waited for each other shard had been dropped when the run was prepared; of no
    /// use to the shard that drives it, which sees who is lost by what it does not answer.
    generations: Vec<(ShardId, u64)>,
    state: Mutex<State>,
}

struct State {
    records: Option<Records>,
    variables: Option<Variables>,
    execution: Weak<Execution>,
    /// What takes the results.
    flow: Option<Arc<Flow>>,
    /// The stages that have not ended here.
    open: BTreeMap<usize, Arc<Execution>>,
    has_begun: bool,
    is_aborted: bool,
    /// The other shards whose report is missing.
    missing: BTreeSet<ShardId>,
    lost: BTreeSet<ShardId>,
    errors: VecDeque<Failed>,
    /// How many errors were left out where they happened.
    left_out: usize,
    is_overdue: bool,
    /// Who waits for the report of this shard, and under which number.
    question: Option<(ShardId, u64)>,
    /// When the shard that drives the run said last that it does.
    heard: Instant,
}

impl Leg {
    /// Prepares what this shard does.
    pub(super) fn new(place: Place, task: Task) -> Arc<Self> {
        let me = place.map.me;
        let drives = place.run.shard == me;
        let stages = task.function.stages();
        let is_here = |stage: usize| stages[stage].is_everywhere || drives;
        let arrivals: Vec<_> = (0..=stages.len())
            .map(|stage| {
                let is_end = stage == stages.len();
                if stage == 0 || !is_end && !is_here(stage) {
                    return None;
                }
                let before = &stages[stage - 1];
                let shards = place.map.shards().iter().map(|(shard, _)| *shard);
                let senders = shards.filter(|shard| {
                    let runs_there = before.is_everywhere || *shard == place.run.shard;
                    runs_there && (!is_end || *shard == me)
                });
                Some(Arrivals::new(place.run, stage, place.window, me, senders))
            })
            .collect();
        let departures = stages.iter().enumerate().map(|(at, stage)| {
            let here = arrivals[at + 1].clone();
            is_here(at).then(|| Departures::new(&place, at + 1, stage.edge, &stage.function, here))
        });
        let departures = departures.collect();
        let others = place.map.others().filter(|_| !drives);
        let generations = others.filter_map(|shard| Some((shard, links::position(shard)?.0)));
        let generations = generations.collect();
        Arc::new(Self {
            generations,
            place,
            function: Arc::clone(&task.function),
            session: task.session,
            user: task.user,
            limit: task.limit,
            max_idle: task.max_idle,
            arrivals,
            departures,
            state: Mutex::new(State {
                records: Some(task.records),
                variables: task.variables,
                execution: Weak::new(),
                flow: None,
                open: BTreeMap::new(),
                has_begun: false,
                is_aborted: false,
                missing: BTreeSet::new(),
                lost: BTreeSet::new(),
                errors: VecDeque::new(),
                left_out: 0,
                is_overdue: false,
                question: None,
                heard: Instant::now(),
            }),
        })
    }

    /// Says whether this shard drives the run.
    pub(super) fn drives(&self) -> bool {
        self.place.run.shard == self.place.map.me
    }

    /// Returns the other shards that take part.
    pub(super) fn others(&self) -> impl Iterator<Item = ShardId> {
        self.place.map.others()
    }

    /// Tells another shard something about the run.
    pub(super) fn tell(&self, shard: ShardId, told: Told) {
        links::tell(shard, &Message::OfRun(self.place.run, told));
    }

    /// Tells each other shard something about the run.
    pub(super) fn tell_others(&self, told: impl Fn(ShardId) -> Told) {
        for shard in self.others() {
            self.tell(shard, told(shard));
        }
    }

    /// Returns how often what waited for a shard had been dropped when the run was prepared.
    pub(super) fn generation(&self, shard: ShardId) -> Option<u64> {
        let mut generations = self.generations.iter();
        let known = generations.find(|(known, _)| *known == shard)?;
        Some(known.1)
    }

    /// Notes the execution as which this is listed.
    pub(super) fn set_execution(&self, execution: &Arc<Execution>) {
        self.state().execution = Arc::downgrade(execution);
    }

    /// Returns the execution as which this is listed.
    pub(super) fn execution(&self) -> Option<Arc<Execution>> {
        self.state().execution.upgrade()
    }

    /// Has the results taken.
    pub(super) fn set_flow(&self, flow: Arc<Flow>) {
        self.state().flow = Some(flow);
    }

    /// Begins, with reports of these shards to come; says no if it was aborted before.
    pub(super) fn begin(self: &Arc<Self>, missing: impl Iterator<Item = ShardId>) -> bool {
        let mut calls = Vec::new();
        let mut state = self.state();
        if state.is_aborted || state.has_begun {
            return false;
        }
        state.missing.extend(missing);
        state.has_begun = true;
        for (at, departures) in self.departures.iter().enumerate() {
            if departures.is_some() {
                let call = stage::call(self, at);
                state.open.insert(at, Arc::clone(call.execution()));
                calls.push((at, call));
            }
        }
        drop(state);
        for (at, call) in calls {
            self.submit(at, call);
        }
        true
    }

    fn submit(self: &Arc<Self>, at: usize, call: Call<stage::OfRun>) {
        let leg = Arc::clone(self);
        // That it would be refused was checked when the run was prepared.
        workers().submit_always(Box::new(move |py| {
            let variables = (at == 0).then(|| leg.state().variables.take()).flatten();
            let entered = variables.as_ref().map(|variables| variables.enter(py));
            let (user, limit) = (leg.user.clone(), leg.limit);
            call.run(py, user, limit, |_, began| leg.open(py, at, began));
            drop(entered);
        }));
    }

    fn open(self: &Arc<Self>, py: Python<'_>, at: usize, began: Instant) -> Run {
        let function = &self.function.stages()[at].function;
        let run = match &self.arrivals[at] {
            Some(arrivals) => stage::fed(function, &self.session, arrivals, began),
            None => {
                let records = self.state().records.take();
                let records = records.unwrap_or(Records::These(Vec::new()));
                let run = records.open(py, function, &self.session, began);
                match self.execution() {
                    Some(execution) => run.watched_by(&execution),
                    None => run,
                }
            }
        };
        match &self.departures[at] {
            Some(departures) => run.into_sink(|flow| Box::new(departures.sink(flow))),
            None => run,
        }
    }

    /// Notes the end of a stage.
    pub(super) fn end_stage(&self, at: usize, part: Part) {
        if let Some(Some(departures)) = self.departures.get(at) {
            departures.close();
        }
        if let Some(execution) = self.execution() {
            let first = self.function.stages()[at].first;
            execution.note_steps(first, &part.steps, part.read);
        }
        let mut state = self.state();
        let ended = state.open.remove(&at);
        state.add(part);
        drop(state);
        drop(ended);
        self.nudge();
    }

    /// Takes the report of another shard, or why there is none.
    pub(super) fn end_shard(&self, shard: ShardId, report: Part) {
        let mut state = self.state();
        state.missing.remove(&shard);
        state.add(report);
        drop(state);
        self.nudge();
    }

    /// Adds an error.
    pub(super) fn fail(&self, error: String) {
        self.state().errors.push_back(error.into());
        self.nudge();
    }

    /// Goes on without a shard: nothing comes from it, and nothing goes to it. No more is read.
    pub(super) fn lose(&self, shard: ShardId) {
        if !self.state().lost.insert(shard) {
            return;
        }
        for arrivals in self.arrivals.iter().flatten() {
            arrivals.lose(shard);
        }
        for departures in self.departures.iter().flatten() {
            departures.enough(shard);
        }
        if let Some(Some(first)) = self.departures.first() {
            first.fail();
        }
        self.nudge();
    }

    /// Says whether a shard was lost.
    pub(super) fn has_lost(&self, shard: ShardId) -> bool {
        self.state().lost.contains(&shard)
    }

    /// Ends the code of all stages here; says whether it was not ended before.
    pub(super) fn abort(&self) -> bool {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_aborted, true) {
            return false;
        }
        let open: Vec<_> = state.open.values().cloned().collect();
        drop(state);
        for stage in open {
            stage.abort(|| None);
        }
        self.nudge();
        true
    }

    /// Says whether all is done: here, and on all shards if this one drives the run.
    pub(super) fn is_over(&self) -> bool {
        let departures = self.departures.iter().flatten();
        let mut departures = departures.map(|departures| departures.is_over());
        let state = self.state();
        let is_begun = state.has_begun || state.is_aborted;
        let has_ended = is_begun && state.open.is_empty() && state.missing.is_empty();
        let all_sent = !state.has_begun || state.is_aborted || departures.all(|is_over| is_over);
        has_ended && all_sent
    }

    /// Says whether all shards have heard of the end of what this one sends, as far as is known.
    pub(super) fn is_heard(&self) -> bool {
        let mut departures = self.departures.iter().flatten();
        departures.all(|departures| departures.is_heard())
    }

    /// Notes which shards have heard of the end of what this one sends.
    pub(super) fn note_heard(&self, peers: &Peers) {
        for departures in self.departures.iter().flatten() {
            departures.note_heard(peers);
        }
    }

    /// Takes a record that came out.
    pub(super) fn take_result(&self) -> Option<Py<PyAny>> {
        self.arrivals.last()?.as_ref()?.take_own()
    }

    /// Takes an error, to be told where the run is driven.
    pub(super) fn take_error(&self) -> Option<Failed> {
        self.state().errors.pop_front()
    }

    /// Takes how many errors were left out, when there were any.
    pub(super) fn take_left_out(&self) -> Option<usize> {
        let left_out = std::mem::take(&mut self.state().left_out);
        (left_out > 0).then_some(left_out)
    }

    /// Takes all errors.
    pub(super) fn take_errors(&self) -> Part {
        let mut state = self.state();
        Part {
            is_overdue: state.is_overdue,
            errors: state.errors.drain(..).map(|failed| failed.text).collect(),
            left_out: std::mem::take(&mut state.left_out),
            ..Part::default()
        }
    }

    /// Notes who waits for the report of this shard.
    pub(super) fn set_question(&self, peer: ShardId, number: u64) {
        self.state().question = Some((peer, number));
    }

    /// Takes over to answer who waits for the report of this shard.
    pub(super) fn take_question(&self) -> Option<(ShardId, u64)> {
        self.state().question.take()
    }

    /// Takes what another shard tells.
    pub(super) fn hear(&self, sender: ShardId, told: Told) {
        let stage = |stage: u64| usize::try_from(stage).unwrap_or(usize::MAX);
        let arrivals = |at| self.arrivals.get(stage(at)).and_then(Option::as_ref);
        // What goes to a stage is what the one before brings.
        let departures = |at| {
            let before = stage(at).checked_sub(1)?;
            self.departures.get(before).and_then(Option::as_ref)
        };
        match told {
            Told::Records { stage, bytes } => {
                if let Some(arrivals) = arrivals(stage) {
                    arrivals.arrive(sender, bytes);
                }
            }
            Told::Close { stage, records } => {
                if let Some(arrivals) = arrivals(stage) {
                    arrivals.close(sender, records);
                }
            }
            Told::Taken { stage, bytes } => {
                if let Some(departures) = departures(stage) {
                    departures.taken(sender, usize::try_from(bytes).unwrap_or(usize::MAX));
                    self.nudge_if_over();
                }
            }
            Told::Enough { stage } => {
                if let Some(departures) = departures(stage) {
                    departures.enough(sender);
                    self.nudge_if_over();
                }
            }
            Told::Driven => self.state().heard = Instant::now(),
            Told::Lost { .. } | Told::Abort => {}
        }
    }

    /// Returns for how long the shard that drives the run has said nothing.
    pub(super) fn silence(&self) -> Duration {
        self.state().heard.elapsed()
    }

    /// Sends what had to wait for room.
    pub(super) fn go_on(&self) {
        for departures in self.departures.iter().flatten() {
            departures.go_on();
        }
        self.nudge_if_over();
    }

    fn nudge_if_over(&self) {
        if self.is_over() {
            self.nudge();
        }
    }

    fn nudge(&self) {
        let flow = self.state().flow.clone();
        nudge(flow);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

impl State {
    /// Adds the errors of a part. That the time was up is said once: it is, for all parts at once.
    fn add(&mut self, part: Part) {
        self.left_out = self.left_out.saturating_add(part.left_out);
        let mut errors = part.errors.into_iter();
        if part.is_overdue
            && let Some(text) = errors.next()
            && !std::mem::replace(&mut self.is_overdue, true)
        {
            let overdue = true;
            self.errors.push_back(Failed { text, overdue });
        }
        self.errors.extend(errors.map(Failed::from));
    }
}
