//! Runs records through the steps of a plan.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::{Callback, Fold, Step};
use crate::engine;
use crate::python::failure;

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
pub(crate) enum Progress {
    Continue,
    /// Nothing that comes now can change the outcome.
    Stop,
}

/// One run of a plan: records are pushed in one at a time, and each goes
/// through all steps before the next (spec section 4.1).
pub(crate) struct Pipeline<'plan, 'py> {
    py: Python<'py>,
    steps: &'plan [Step],
    states: Vec<State<'py>>,
    outcome: Outcome,
    /// The watchdog ended the code: nothing of it runs any more.
    stopped: bool,
}

enum State<'py> {
    None,
    Limit { seen: i64 },
    Accumulator(Option<Bound<'py, PyAny>>),
    Groups(Groups<'py>),
}

#[derive(Default)]
struct Groups<'py> {
    places: HashMap<String, usize>,
    /// A group whose reducer failed keeps its place and loses its value.
    groups: Vec<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)>,
}

impl<'plan, 'py> Pipeline<'plan, 'py> {
    /// Prepares a run.
    pub(crate) fn new(py: Python<'py>, steps: &'plan [Step]) -> Self {
        let states = if steps.iter().any(Step::has_state) {
            steps.iter().map(State::of).collect()
        } else {
            Vec::new()
        };
        let mut outcome = Outcome::default();
        if engine::get().config.profiles_executions() {
            outcome.steps = vec![Duration::ZERO; steps.len()];
        }
        Self {
            py,
            steps,
            states,
            outcome,
            stopped: false,
        }
    }

    /// Sends one record through.
    ///
    /// The first error stops the source, records on their way still arrive
    /// (spec section 4.3).
    pub(crate) fn push(&mut self, record: Bound<'py, PyAny>) -> Progress {
        let progress = self.push_from(0, record);
        if self.outcome.errors.is_empty() {
            progress
        } else {
            Progress::Stop
        }
    }

    /// Says whether the plan begins by counting, so that records need not be made.
    pub(crate) fn only_counts(&self) -> bool {
        matches!(self.steps.first(), Some(Step::Accumulate(Fold::Count)))
    }

    /// Counts records that were not made, for a plan that only counts.
    pub(crate) fn push_uncounted(&mut self, count: usize) -> Progress {
        if count > 0
            && let Some(State::Accumulator(accumulator)) = self.states.first_mut()
        {
            let sum = match accumulator.take() {
                None => count
                    .into_pyobject(self.py)
                    .map(Bound::into_any)
                    .map_err(PyErr::from),
                Some(sum) => sum.add(count),
            };
            match sum {
                Ok(sum) => *accumulator = Some(sum),
                Err(error) => self.fail(error),
            }
        }
        if self.stopped {
            Progress::Stop
        } else {
            Progress::Continue
        }
    }

    /// Notes that the source of records failed.
    pub(crate) fn fail(&mut self, error: PyErr) {
        self.stopped |= failure::is_force_stopped(self.py, &error);
        self.outcome.errors.push(failure::text(self.py, &error));
    }

    /// Notes that the source of records failed outside Python.
    pub(crate) fn fail_with(&mut self, error: String) {
        self.outcome.errors.push(error);
    }

    /// Lets the accumulating steps give what they hold and ends the run.
    pub(crate) fn finish(mut self) -> Outcome {
        for at in 0..self.states.len() {
            match std::mem::replace(&mut self.states[at], State::None) {
                State::None | State::Limit { .. } | State::Accumulator(None) => {}
                State::Accumulator(Some(value)) => {
                    self.push_from(at + 1, value);
                }
                State::Groups(groups) => self.flush(at, groups),
            }
        }
        self.outcome
    }

    fn flush(&mut self, at: usize, groups: Groups<'py>) {
        let mut groups = groups.groups;
        if matches!(self.steps[at], Step::BatchGroup { .. }) {
            // Reverse creation order, as RedisGears gives them (spec section 4.2).
            groups.reverse();
        }
        for (key, value) in groups {
            let Some(value) = value else { continue };
            let record = match &self.steps[at] {
                Step::BatchGroup { reducer, .. } => reducer
                    .bind(self.py)
                    .call1((&key, value))
                    .and_then(|reduced| self.group_record(&key, reduced)),
                _ => self.group_record(&key, value),
            };
            match record {
                Err(error) => self.fail(error),
                Ok(record) => {
                    if self.push_from(at + 1, record) == Progress::Stop {
                        break;
                    }
                }
            }
        }
    }

    fn group_record(
        &self,
        key: &Bound<'py, PyAny>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let record = PyDict::new(self.py);
        record.set_item(pyo3::intern!(self.py, "key"), key)?;
        record.set_item(pyo3::intern!(self.py, "value"), value)?;
        Ok(record.into_any())
    }

    fn push_from(&mut self, first: usize, mut record: Bound<'py, PyAny>) -> Progress {
        let steps = self.steps;
        for (at, step) in steps.iter().enumerate().skip(first) {
            if self.stopped {
                return Progress::Stop;
            }
            record = match self.timed(at, step, record) {
                Ok(Passed::Record(record)) => record,
                Ok(Passed::LastRecord(record)) => {
                    self.push_from(at + 1, record);
                    return Progress::Stop;
                }
                Ok(Passed::Nothing(progress)) => return progress,
                Err(error) => {
                    self.fail(error);
                    return Progress::Continue;
                }
            };
        }
        self.outcome.results.push(record.unbind());
        Progress::Continue
    }

    /// Measures a step where that is asked for; a step that expands lists is
    /// charged with what its records do further on.
    fn timed(
        &mut self,
        at: usize,
        step: &'plan Step,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        if self.outcome.steps.is_empty() {
            return self.through(at, step, record);
        }
        let started = Instant::now();
        let passed = self.through(at, step, record);
        self.outcome.steps[at] += started.elapsed();
        passed
    }

    fn through(
        &mut self,
        at: usize,
        step: &'plan Step,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let kept = Ok(Passed::Nothing(Progress::Continue));
        match step {
            Step::Map(function) => function.call(self.py, record).map(Passed::Record),
            Step::Filter(function) => {
                if function.call(self.py, record.clone())?.is_truthy()? {
                    Ok(Passed::Record(record))
                } else {
                    kept
                }
            }
            Step::FlatMap(function) => {
                let result = function.call(self.py, record)?;
                match result.cast_into::<PyList>() {
                    Err(other) => Ok(Passed::Record(other.into_inner())),
                    Ok(list) => Ok(Passed::Nothing(self.push_list(at + 1, &list))),
                }
            }
            Step::ForEach(function) => {
                function.call(self.py, record.clone())?;
                Ok(Passed::Record(record))
            }
            Step::Collect => Ok(Passed::Record(record)),
            Step::Repartition { extractor } => {
                // One shard owns all keys; the extractor's errors still count.
                group_key(self.py, extractor, record.clone())?;
                Ok(Passed::Record(record))
            }
            Step::Limit { start, count } => Ok(self.limit(at, *start, *count, record)),
            Step::Accumulate(fold) => {
                // Taken out during the call: an error discards it.
                let State::Accumulator(accumulator) = &mut self.states[at] else {
                    return kept;
                };
                let accumulated = fold.add(accumulator.take(), record)?;
                self.states[at] = State::Accumulator(Some(accumulated));
                kept
            }
            Step::Group { extractor, fold } => {
                let (name, key) = group_key(self.py, extractor, record.clone())?;
                let (place, accumulator) = self.group(at, name, &key);
                let accumulated = fold.add(&key, accumulator, record)?;
                self.put_group(at, place, accumulated);
                kept
            }
            Step::BatchGroup { extractor, .. } => {
                let (name, key) = group_key(self.py, extractor, record.clone())?;
                let (place, list) = self.group(at, name, &key);
                let list = Fold::Gather.add(list, record)?;
                self.put_group(at, place, list);
                kept
            }
        }
    }

    /// Sends the elements on in reverse order (spec section 12, 7).
    fn push_list(&mut self, at: usize, list: &Bound<'py, PyList>) -> Progress {
        for index in (0..list.len()).rev() {
            // A callback further on may have shortened the list.
            let Ok(record) = list.get_item(index) else {
                continue;
            };
            if self.push_from(at, record) == Progress::Stop {
                return Progress::Stop;
            }
        }
        Progress::Continue
    }

    fn limit(
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

    fn group(
        &mut self,
        at: usize,
        name: String,
        key: &Bound<'py, PyAny>,
    ) -> (usize, Option<Bound<'py, PyAny>>) {
        let State::Groups(groups) = &mut self.states[at] else {
            return (0, None);
        };
        let place = *groups.places.entry(name).or_insert_with(|| {
            groups.groups.push((key.clone(), None));
            groups.groups.len() - 1
        });
        (place, groups.groups[place].1.take())
    }

    fn put_group(&mut self, at: usize, place: usize, value: Bound<'py, PyAny>) {
        if let State::Groups(groups) = &mut self.states[at] {
            groups.groups[place].1 = Some(value);
        }
    }
}

enum Passed<'py> {
    Record(Bound<'py, PyAny>),
    /// The record goes on and the source can stop.
    LastRecord(Bound<'py, PyAny>),
    Nothing(Progress),
}

impl State<'_> {
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
    let key = extractor.call(py, record)?;
    let text = match key.cast_into::<PyString>() {
        Ok(text) => text,
        Err(other) => other.into_inner().repr()?,
    };
    // Surrogates cannot be group names on the wire, but they still group.
    let name = text.to_string_lossy().into_owned();
    Ok((name, text.into_any()))
}
