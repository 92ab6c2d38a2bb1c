//! Runs records through the steps of a plan.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::line::{Flight, Kept, Landing, Line, Ticket};
use super::{Callback, Fold, Plan, Step};
use crate::engine;
use crate::execution::Flow;
use crate::python::asynchronous::{self, Inside, Later};
use crate::python::failure;
use crate::session::Session;

/// What came out: the records at the end and the texts of errors on the way.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) results: Vec<Py<PyAny>>,
    pub(crate) errors: Vec<String>,
    /// How long the reader took, its records' way through the steps included.
    pub(crate) read: Duration,
    /// How long each step took, where that was measured.
    pub(crate) steps: Vec<Duration>,
}

/// Whether the source of records should go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Continue,
    /// Nothing that comes now can change the outcome.
    Stop,
}

/// One run of a plan: records are pushed in one at a time, and each goes
/// through all steps before the next (spec section 4.1).
///
/// Where a callback answers with a coroutine or a future, its record waits at
/// that step, and records behind it pass no sooner. The run can be put aside
/// until [`Pipeline::land`] brings what came of it.
pub(crate) struct Pipeline {
    plan: Arc<Plan>,
    work: Work,
}

/// The part of a run that changes.
struct Work {
    states: Vec<State>,
    /// For each step the records that wait there; empty before the first does.
    lines: Vec<Line>,
    /// How many records wait at steps.
    pending: usize,
    outcome: Outcome,
    /// The watchdog ended the code: nothing of it runs any more.
    stopped: bool,
    /// The steps have all they want.
    enough: bool,
    /// No more records come; the steps before this one hold none either.
    closed: Option<usize>,
    inside: Inside,
    session: Arc<Session>,
    flow: Option<Arc<Flow>>,
    /// Coroutines that are to start.
    begun: Vec<Py<PyAny>>,
}

enum State {
    None,
    Limit { seen: i64 },
    Accumulator(Option<Py<PyAny>>),
    Groups(Groups),
}

#[derive(Default)]
struct Groups {
    places: HashMap<String, usize>,
    /// A group whose reducer failed keeps its place and loses its value.
    groups: Vec<(Py<PyAny>, Option<Py<PyAny>>)>,
}

impl Pipeline {
    /// Prepares a run for a function of `session`; `may_wait` says whether
    /// there can be coroutines and futures in it.
    pub(crate) fn new(plan: &Arc<Plan>, session: &Arc<Session>, may_wait: bool) -> Self {
        let states = if plan.iter().any(Step::has_state) {
            plan.iter().map(State::of).collect()
        } else {
            Vec::new()
        };
        let mut outcome = Outcome::default();
        if engine::get().config.profiles_executions() {
            outcome.steps = vec![Duration::ZERO; plan.len()];
        }
        Self {
            plan: Arc::clone(plan),
            work: Work {
                states,
                lines: Vec::new(),
                pending: 0,
                outcome,
                stopped: false,
                enough: false,
                closed: None,
                inside: if may_wait {
                    Inside::Step
                } else {
                    Inside::StepThatMayNotWait
                },
                session: Arc::clone(session),
                flow: None,
                begun: Vec::new(),
            },
        }
    }

    /// Sends one record through.
    pub(crate) fn push<'py>(&mut self, py: Python<'py>, record: Bound<'py, PyAny>) {
        if self.work.push_from(py, &self.plan, 0, record) == Progress::Stop {
            self.work.enough = true;
        }
    }

    /// Says whether the plan begins by counting, so that records need not be made.
    pub(crate) fn only_counts(&self) -> bool {
        matches!(self.plan.first(), Some(Step::Accumulate(Fold::Count)))
    }

    /// Counts records that were not made, for a plan that only counts.
    pub(crate) fn push_uncounted(&mut self, py: Python<'_>, count: usize) {
        if count == 0 {
            return;
        }
        if let Some(State::Accumulator(accumulator)) = self.work.states.first_mut() {
            match count.into_pyobject(py) {
                Ok(count) => *accumulator = Some(count.into_any().unbind()),
                Err(never) => match never {},
            }
        }
    }

    /// Says whether more records can change the outcome: the first error stops
    /// the source, records on their way still arrive (spec section 4.3).
    pub(crate) fn wants_more(&self) -> bool {
        let work = &self.work;
        !work.enough && !work.stopped && work.outcome.errors.is_empty()
    }

    /// Says whether the next record has to wait for others to get on.
    pub(crate) fn is_congested(&self) -> bool {
        let mut lines = self.work.lines.iter().zip(self.plan.iter());
        self.work.pending > 0 && lines.any(|(line, step)| line.is_full(step))
    }

    /// Notes that the source of records failed.
    pub(crate) fn fail(&mut self, py: Python<'_>, error: &PyErr) {
        self.work.fail(py, error);
    }

    /// Notes that the source of records failed outside Python.
    pub(crate) fn fail_with(&mut self, error: String) {
        self.work.outcome.errors.push(error);
    }

    /// Notes that no more records come: the accumulating steps give what they
    /// hold as soon as nothing before them waits.
    pub(crate) fn close(&mut self, py: Python<'_>) {
        if self.work.closed.is_none() {
            self.work.closed = Some(0);
        }
        self.work.flush(py, &self.plan);
    }

    /// Says whether all records have arrived.
    pub(crate) fn is_done(&self) -> bool {
        self.work.pending == 0 && self.work.closed == Some(self.plan.len())
    }

    /// Says whether the watchdog ended the code.
    pub(crate) fn is_stopped(&self) -> bool {
        self.work.stopped
    }

    /// Brings what came of a coroutine or a future.
    pub(crate) fn land(&mut self, py: Python<'_>, ticket: Ticket, landing: Landing) {
        self.work.land(py, &self.plan, ticket, landing);
    }

    /// Takes the coroutines that are to start.
    pub(crate) fn take_begun(&mut self) -> Vec<Py<PyAny>> {
        std::mem::take(&mut self.work.begun)
    }

    /// Counts the coroutines that are to start.
    pub(crate) fn count_begun(&self) -> usize {
        self.work.begun.len()
    }

    /// Returns where coroutines and futures tell of their ends, if there are any.
    pub(crate) fn flow(&self) -> Option<&Arc<Flow>> {
        self.work.flow.as_ref()
    }

    /// Returns the session whose function runs.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.work.session
    }

    /// Gives up what waits; returns the coroutines, to be cancelled.
    pub(crate) fn abandon(&mut self) -> Vec<Py<PyAny>> {
        self.work.abandon()
    }

    /// Ends the run.
    pub(crate) fn into_outcome(self) -> Outcome {
        self.work.outcome
    }
}

impl Work {
    fn fail(&mut self, py: Python<'_>, error: &PyErr) {
        self.stopped |= failure::is_force_stopped(py, error);
        self.outcome.errors.push(failure::text(py, error));
    }

    fn abandon(&mut self) -> Vec<Py<PyAny>> {
        self.pending = 0;
        self.begun.clear();
        self.lines.iter_mut().flat_map(Line::abandon).collect()
    }

    /// Lets the accumulating steps give what they hold, up to the first step
    /// where records wait.
    fn flush(&mut self, py: Python<'_>, steps: &[Step]) {
        while let Some(at) = self.closed
            && at < steps.len()
        {
            if !self.lines.get(at).is_none_or(Line::is_empty) {
                return;
            }
            self.closed = Some(at + 1);
            let Some(state) = self.states.get_mut(at) else {
                continue;
            };
            match std::mem::replace(state, State::None) {
                State::None | State::Limit { .. } | State::Accumulator(None) => {}
                State::Accumulator(Some(value)) => {
                    self.push_from(py, steps, at + 1, value.into_bound(py));
                }
                State::Groups(groups) => self.flush_groups(py, steps, at, groups),
            }
        }
    }

    fn flush_groups(&mut self, py: Python<'_>, steps: &[Step], at: usize, groups: Groups) {
        let mut groups = groups.groups;
        if matches!(steps[at], Step::BatchGroup { .. }) {
            // Reverse creation order, as RedisGears gives them (spec section 4.2).
            groups.reverse();
        }
        for (key, value) in groups {
            if self.stopped {
                return;
            }
            let Some(value) = value else { continue };
            let (key, value) = (key.into_bound(py), value.into_bound(py));
            let record = match &steps[at] {
                Step::BatchGroup { reducer, .. } => reduce(reducer, &key, value),
                _ => Ok(value),
            };
            match record.and_then(|value| group_record(&key, value)) {
                Err(error) => self.fail(py, &error),
                Ok(record) => {
                    if self.push_from(py, steps, at + 1, record) == Progress::Stop {
                        return;
                    }
                }
            }
        }
    }

    fn land(&mut self, py: Python<'_>, steps: &[Step], ticket: Ticket, landing: Landing) {
        let at = ticket.step;
        let Some(line) = self.lines.get_mut(at) else {
            return;
        };
        if let Some(flight) = line.flight(ticket.number) {
            flight.landing = Some(landing);
            flight.coroutine = None;
        }
        loop {
            let Some(line) = self.lines.get_mut(at) else {
                return;
            };
            if let Some((kept, landing)) = line.take_landed() {
                self.pending = self.pending.saturating_sub(1);
                let passed = match landing {
                    Err(text) => {
                        self.outcome.errors.push(text);
                        continue;
                    }
                    Ok(value) => self.settle(py, steps, at, kept, value.into_bound(py)),
                };
                if self.go_on(py, steps, at, passed) == Progress::Stop {
                    self.enough = true;
                }
            } else if let Some(record) = line.take_waiting(&steps[at]) {
                self.pending = self.pending.saturating_sub(1);
                let passed = self.timed(py, steps, at, record.into_bound(py));
                if self.go_on(py, steps, at, passed) == Progress::Stop {
                    self.enough = true;
                }
            } else {
                return;
            }
        }
    }

    /// Takes up a record behind the step `at`.
    fn go_on<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        passed: PyResult<Passed<'py>>,
    ) -> Progress {
        match passed {
            Ok(Passed::Record(record)) => self.push_from(py, steps, at + 1, record),
            Ok(Passed::LastRecord(record)) => {
                self.push_from(py, steps, at + 1, record);
                Progress::Stop
            }
            Ok(Passed::Nothing(progress)) => progress,
            Err(error) => {
                self.fail(py, &error);
                Progress::Continue
            }
        }
    }

    fn push_from<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        first: usize,
        mut record: Bound<'py, PyAny>,
    ) -> Progress {
        for (at, step) in steps.iter().enumerate().skip(first) {
            if self.stopped {
                return Progress::Stop;
            }
            if self.pending > 0
                && let Some(line) = self.lines.get_mut(at)
                && line.is_full(step)
            {
                line.wait(record.unbind());
                self.pending += 1;
                return Progress::Continue;
            }
            record = match self.timed(py, steps, at, record) {
                Ok(Passed::Record(record)) => record,
                other => return self.go_on(py, steps, at, other),
            };
        }
        self.outcome.results.push(record.unbind());
        Progress::Continue
    }

    /// Measures a step where that is asked for; a step that expands lists is
    /// charged with what its records do further on.
    fn timed<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        if self.outcome.steps.is_empty() {
            return self.through(py, steps, at, record);
        }
        let started = Instant::now();
        let passed = self.through(py, steps, at, record);
        self.outcome.steps[at] += started.elapsed();
        passed
    }

    fn through<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let inside = self.inside;
        match &steps[at] {
            Step::Map(function) => {
                let result = function.call(py, record, inside)?;
                if self.is_there(at, &result) {
                    return Ok(Passed::Record(result));
                }
                self.wait(py, steps, at, Kept::Nothing, result)
            }
            Step::FlatMap(function) => {
                let result = function.call(py, record, inside)?;
                if self.is_there(at, &result) {
                    return self.settle(py, steps, at, Kept::Nothing, result);
                }
                self.wait(py, steps, at, Kept::Nothing, result)
            }
            Step::Filter(function) => {
                let result = function.call(py, record.clone(), inside)?;
                if self.is_there(at, &result) {
                    return Ok(if result.is_truthy()? {
                        Passed::Record(record)
                    } else {
                        Passed::Nothing(Progress::Continue)
                    });
                }
                self.wait(py, steps, at, Kept::Record(record.unbind()), result)
            }
            Step::ForEach(function) => {
                let result = function.call(py, record.clone(), inside)?;
                if self.is_there(at, &result) {
                    return Ok(Passed::Record(record));
                }
                self.wait(py, steps, at, Kept::Record(record.unbind()), result)
            }
            Step::Collect => Ok(Passed::Record(record)),
            Step::Repartition { extractor } => {
                // One shard owns all keys; the extractor's errors still count.
                group_key(py, extractor, record.clone())?;
                Ok(Passed::Record(record))
            }
            Step::Limit { start, count } => Ok(self.limit(at, *start, *count, record)),
            Step::Accumulate(fold) => {
                // Taken out during the call: an error discards it.
                let State::Accumulator(accumulator) = &mut self.states[at] else {
                    return Ok(Passed::Nothing(Progress::Continue));
                };
                let accumulator = accumulator.take().map(|value| value.into_bound(py));
                let result = fold.add(accumulator, record, inside)?;
                if self.is_there(at, &result) {
                    self.put_accumulator(at, result);
                    return Ok(Passed::Nothing(Progress::Continue));
                }
                self.wait(py, steps, at, Kept::Nothing, result)
            }
            Step::Group { extractor, fold } => {
                let (name, key) = group_key(py, extractor, record.clone())?;
                let (place, accumulator) = self.group(at, name, &key);
                let result = fold.add(&key, accumulator, record, inside)?;
                if self.is_there(at, &result) {
                    self.put_group(at, place, result);
                    return Ok(Passed::Nothing(Progress::Continue));
                }
                self.wait(py, steps, at, Kept::Group(place), result)
            }
            Step::BatchGroup { extractor, .. } => {
                let (name, key) = group_key(py, extractor, record.clone())?;
                let (place, list) = self.group(at, name, &key);
                let list = Fold::Gather.add(list, record, inside)?;
                self.put_group(at, place, list);
                Ok(Passed::Nothing(Progress::Continue))
            }
        }
    }

    /// Says whether a record can go on with what its callback returned.
    fn is_there(&self, at: usize, result: &Bound<'_, PyAny>) -> bool {
        asynchronous::is_value(result)
            && (self.pending == 0 || !self.lines.get(at).is_some_and(Line::has_flights))
    }

    /// Has a record wait for what its callback returned, or for those before it.
    fn wait<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        kept: Kept,
        result: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        match Later::of(&result) {
            None => {
                self.begin_flight(steps, at, kept, Some(Ok(result.unbind())));
                Ok(Passed::Nothing(Progress::Continue))
            }
            Some(later) => {
                if self.inside == Inside::StepThatMayNotWait {
                    later.refuse();
                    return Err(failure::misuse(asynchronous::NOT_ALLOWED));
                }
                let flow = self.flow.get_or_insert_with(|| Flow::new(&self.session));
                let flow = Arc::clone(flow);
                let number = self.begin_flight(steps, at, kept, None);
                let ticket = Ticket { step: at, number };
                match later.begin(py, flow, ticket) {
                    Ok(None) => {}
                    Ok(Some(coroutine)) => {
                        if let Some(flight) = self.lines[at].flight(number) {
                            flight.coroutine = Some(coroutine.clone_ref(py));
                        }
                        self.begun.push(coroutine);
                    }
                    Err(error) => {
                        let text = failure::text(py, &error);
                        self.land(py, steps, ticket, Err(text));
                    }
                }
                Ok(Passed::Nothing(Progress::Continue))
            }
        }
    }

    fn begin_flight(
        &mut self,
        steps: &[Step],
        at: usize,
        kept: Kept,
        landing: Option<Landing>,
    ) -> u64 {
        if self.lines.is_empty() {
            self.lines.resize_with(steps.len(), Line::default);
        }
        self.pending += 1;
        self.lines[at].begin(Flight {
            kept,
            landing,
            coroutine: None,
        })
    }

    /// Does with a callback's result what the step is there for.
    fn settle<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        kept: Kept,
        result: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let nothing = Ok(Passed::Nothing(Progress::Continue));
        match (&steps[at], kept) {
            (Step::FlatMap(_), _) => match result.cast_into::<PyList>() {
                Err(other) => Ok(Passed::Record(other.into_inner())),
                Ok(list) => Ok(Passed::Nothing(self.push_list(py, steps, at + 1, &list))),
            },
            (Step::Filter(_), Kept::Record(record)) => {
                if result.is_truthy()? {
                    Ok(Passed::Record(record.into_bound(py)))
                } else {
                    nothing
                }
            }
            (Step::ForEach(_), Kept::Record(record)) => Ok(Passed::Record(record.into_bound(py))),
            (Step::Accumulate(_), _) => {
                self.put_accumulator(at, result);
                nothing
            }
            (Step::Group { .. }, Kept::Group(place)) => {
                self.put_group(at, place, result);
                nothing
            }
            _ => Ok(Passed::Record(result)),
        }
    }

    /// Sends the elements on in reverse order (spec section 12, 7).
    fn push_list<'py>(
        &mut self,
        py: Python<'py>,
        steps: &[Step],
        at: usize,
        list: &Bound<'py, PyList>,
    ) -> Progress {
        for index in (0..list.len()).rev() {
            // A callback further on may have shortened the list.
            let Ok(record) = list.get_item(index) else {
                continue;
            };
            if self.push_from(py, steps, at, record) == Progress::Stop {
                return Progress::Stop;
            }
        }
        Progress::Continue
    }

    fn limit<'py>(
        &mut self,
        at: usize,
        start: i64,
        count: i64,
        record: Bound<'py, PyAny>,
    ) -> Passed<'py> {
        let State::Limit { seen } = &mut self.states[at] else {
            return Passed::Nothing(Progress::Stop);
        };
        if count < 0 && start <= 0 {
            return Passed::Record(record);
        }
        let place = *seen;
        *seen = seen.saturating_add(1);
        let end = start.saturating_add(count);
        if place < start {
            Passed::Nothing(Progress::Continue)
        } else if count < 0 || place + 1 < end {
            Passed::Record(record)
        } else if place + 1 == end {
            Passed::LastRecord(record)
        } else {
            Passed::Nothing(Progress::Stop)
        }
    }

    fn group<'py>(
        &mut self,
        at: usize,
        name: String,
        key: &Bound<'py, PyAny>,
    ) -> (usize, Option<Bound<'py, PyAny>>) {
        let State::Groups(groups) = &mut self.states[at] else {
            return (0, None);
        };
        let place = *groups.places.entry(name).or_insert_with(|| {
            groups.groups.push((key.clone().unbind(), None));
            groups.groups.len() - 1
        });
        let accumulator = groups.groups[place].1.take();
        (place, accumulator.map(|value| value.into_bound(key.py())))
    }

    fn put_accumulator(&mut self, at: usize, value: Bound<'_, PyAny>) {
        if let State::Accumulator(accumulator) = &mut self.states[at] {
            *accumulator = Some(value.unbind());
        }
    }

    fn put_group(&mut self, at: usize, place: usize, value: Bound<'_, PyAny>) {
        if let State::Groups(groups) = &mut self.states[at] {
            groups.groups[place].1 = Some(value.unbind());
        }
    }
}

enum Passed<'py> {
    Record(Bound<'py, PyAny>),
    /// The record goes on and the source can stop.
    LastRecord(Bound<'py, PyAny>),
    Nothing(Progress),
}

impl State {
    fn of(step: &Step) -> Self {
        match step {
            Step::Limit { .. } => Self::Limit { seen: 0 },
            Step::Accumulate(_) => Self::Accumulator(None),
            Step::Group { .. } | Step::BatchGroup { .. } => Self::Groups(Groups::default()),
            _ => Self::None,
        }
    }
}

/// Finds a record's group; keys that are not `str` become their `repr`.
fn group_key<'py>(
    py: Python<'py>,
    extractor: &Callback,
    record: Bound<'py, PyAny>,
) -> PyResult<(String, Bound<'py, PyAny>)> {
    let key = extractor.call(py, record, Inside::Extractor)?;
    if !asynchronous::is_value(&key) {
        return Err(refused(&key, "coroutine are not allow on extractor"));
    }
    let text = match key.cast_into::<PyString>() {
        Ok(text) => text,
        Err(other) => other.into_inner().repr()?,
    };
    // Surrogates cannot be group names on the wire, but they still group.
    let name = text.to_string_lossy().into_owned();
    Ok((name, text.into_any()))
}

fn reduce<'py>(
    reducer: &Py<PyAny>,
    key: &Bound<'py, PyAny>,
    records: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let reduced = {
        let _inside = Inside::Extractor.enter();
        reducer.bind(key.py()).call1((key, records))?
    };
    if !asynchronous::is_value(&reduced) {
        return Err(refused(&reduced, "coroutine are not allow on reduce"));
    }
    Ok(reduced)
}

fn refused(result: &Bound<'_, PyAny>, why: &str) -> PyErr {
    if let Some(later) = Later::of(result) {
        later.refuse();
    }
    failure::misuse(why)
}

fn group_record<'py>(
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = key.py();
    let record = PyDict::new(py);
    record.set_item(pyo3::intern!(py, "key"), key)?;
    record.set_item(pyo3::intern!(py, "value"), value)?;
    Ok(record.into_any())
}
