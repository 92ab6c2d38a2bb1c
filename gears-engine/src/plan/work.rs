//! The way of records through the steps.

use std::sync::Arc;
use std::time::Instant;

use gears_model::plan::{Callback, Fold, KeyedFold, Step};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::line::{Flight, Kept, Line};
use super::passed::{Passed, Progress};
use super::state::{Groups, State, group_key, group_record, reduce};
use super::{Function, Outcome};
use crate::flow::asynchronous::{self, Later};
use crate::flow::{Flow, Landing, Ticket};
use crate::python::failure;
use crate::python::inside::{Inside, NOT_ALLOWED};
use crate::session::Session;

/// The part of a run that changes.
pub(super) struct Work {
    pub(super) states: Vec<State>,
    /// For each step the records that wait there; empty before the first does.
    pub(super) lines: Vec<Line>,
    /// How many records wait at steps.
    pub(super) pending: usize,
    pub(super) outcome: Outcome,
    /// The watchdog ended the code: nothing of it runs any more.
    pub(super) stopped: bool,
    /// The steps have all they want.
    pub(super) enough: bool,
    /// No more records come; the steps before this one hold none either.
    pub(super) closed: Option<usize>,
    pub(super) inside: Inside,
    pub(super) session: Arc<Session>,
    pub(super) flow: Option<Arc<Flow>>,
    /// Coroutines that are to start.
    pub(super) begun: Vec<Py<PyAny>>,
}

impl Work {
    pub(super) fn fail(&mut self, py: Python<'_>, error: &PyErr) {
        self.stopped |= failure::is_force_stopped(py, error);
        self.outcome.fail(failure::of(py, error));
    }

    pub(super) fn abandon(&mut self) -> Vec<Py<PyAny>> {
        self.pending = 0;
        self.begun.clear();
        self.lines.iter_mut().flat_map(Line::abandon).collect()
    }

    /// Lets the accumulating steps give what they hold, up to the first step
    /// where records wait.
    pub(super) fn flush(&mut self, py: Python<'_>, function: &Function) {
        while let Some(at) = self.closed
            && at < function.plan().len()
        {
            if !self.lines.get(at).is_none_or(Line::is_empty) {
                return;
            }
            self.closed = Some(at + 1);
            let Some(state) = self.states.get_mut(at) else {
                continue;
            };
            match std::mem::replace(state, State::None) {
                State::None
                | State::Limit { .. }
                | State::Accumulator(None)
                | State::Counter(0) => {}
                State::Counter(count) => {
                    let Ok(count) = count.into_pyobject(py);
                    self.push_from(py, function, at + 1, count.into_any());
                }
                State::Accumulator(Some(value)) => {
                    self.push_from(py, function, at + 1, value.into_bound(py));
                }
                State::Groups(groups) => self.flush_groups(py, function, at, groups),
            }
        }
    }

    fn flush_groups(&mut self, py: Python<'_>, function: &Function, at: usize, groups: Groups) {
        let mut groups = groups.finish(py);
        if matches!(function.plan()[at], Step::BatchGroup { .. }) {
            // Reverse creation order, as RedisGears gives them (spec section 4.2).
            groups.reverse();
        }
        for (key, value) in groups {
            if self.stopped {
                return;
            }
            let Some(value) = value else { continue };
            let (key, value) = (key.into_bound(py), value.into_bound(py));
            let record = match &function.plan()[at] {
                Step::BatchGroup { reducer, .. } => {
                    reduce(function.callbacks().at(py, *reducer), &key, value)
                }
                _ => Ok(value),
            };
            match record.and_then(|value| group_record(&key, value)) {
                Err(error) => self.fail(py, &error),
                Ok(record) => {
                    if self.push_from(py, function, at + 1, record) == Progress::Stop {
                        return;
                    }
                }
            }
        }
    }

    pub(super) fn land(
        &mut self,
        py: Python<'_>,
        function: &Function,
        ticket: Ticket,
        landing: Landing,
    ) {
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
                    Err(failed) => {
                        self.outcome.fail(failed);
                        continue;
                    }
                    Ok(value) => self.settle(py, function, at, kept, value.into_bound(py)),
                };
                if self.go_on(py, function, at, passed) == Progress::Stop {
                    self.enough = true;
                }
            } else if let Some(record) = line.take_waiting(&function.plan()[at]) {
                self.pending = self.pending.saturating_sub(1);
                let passed = self.timed(py, function, at, record.into_bound(py));
                if self.go_on(py, function, at, passed) == Progress::Stop {
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
        function: &Function,
        at: usize,
        passed: PyResult<Passed<'py>>,
    ) -> Progress {
        match passed {
            Ok(Passed::Record(record)) => self.push_from(py, function, at + 1, record),
            Ok(Passed::LastRecord(record)) => {
                self.push_from(py, function, at + 1, record);
                Progress::Stop
            }
            Ok(Passed::Nothing(progress)) => progress,
            Err(error) => {
                self.fail(py, &error);
                Progress::Continue
            }
        }
    }

    pub(super) fn push_from<'py>(
        &mut self,
        py: Python<'py>,
        function: &Function,
        first: usize,
        mut record: Bound<'py, PyAny>,
    ) -> Progress {
        for (at, step) in function.plan().iter().enumerate().skip(first) {
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
            record = match self.timed(py, function, at, record) {
                Ok(Passed::Record(record)) => record,
                other => return self.go_on(py, function, at, other),
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
        function: &Function,
        at: usize,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        if self.outcome.steps.is_empty() {
            return self.through(py, function, at, record);
        }
        let started = Instant::now();
        let passed = self.through(py, function, at, record);
        self.outcome.steps[at] += started.elapsed();
        passed
    }

    fn through<'py>(
        &mut self,
        py: Python<'py>,
        function: &Function,
        at: usize,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let (inside, callbacks) = (self.inside, function.callbacks());
        match &function.plan()[at] {
            Step::Map(callback) => {
                let result = callbacks.call(*callback, record, inside)?;
                if self.is_there(at, &result) {
                    return Ok(Passed::Record(result));
                }
                self.wait(py, function, at, Kept::Nothing, result)
            }
            Step::FlatMap(callback) => {
                let is_last = matches!(&function.plan()[at + 1..], [] | [Step::Collect]);
                let result = callbacks.call_by_types(*callback, record, inside, is_last)?;
                if self.is_there(at, &result) {
                    if !result.is_instance_of::<PyList>() {
                        return Ok(Passed::Record(result));
                    }
                    return self.settle(py, function, at, Kept::Nothing, result);
                }
                self.wait(py, function, at, Kept::Nothing, result)
            }
            Step::Filter(callback) => {
                let result = callbacks.call(*callback, record.clone(), inside)?;
                if self.is_there(at, &result) {
                    return Ok(if result.is_truthy()? {
                        Passed::Record(record)
                    } else {
                        Passed::Nothing(Progress::Continue)
                    });
                }
                self.wait(py, function, at, Kept::Record(record.unbind()), result)
            }
            Step::ForEach(callback) => {
                let result = callbacks.call(*callback, record.clone(), inside)?;
                if self.is_there(at, &result) {
                    return Ok(Passed::Record(record));
                }
                self.wait(py, function, at, Kept::Record(record.unbind()), result)
            }
            Step::Collect => Ok(Passed::Record(record)),
            Step::Repartition { extractor } => {
                // One shard owns all keys; the extractor's errors still count.
                group_key(callbacks.call(*extractor, record.clone(), Inside::Extractor)?)?;
                Ok(Passed::Record(record))
            }
            Step::Limit { start, count } => Ok(self.states[at].limit(*start, *count, record)),
            Step::Accumulate(fold) => self.accumulate(py, function, at, *fold, record),
            Step::Group {
                extractor, fold, ..
            } => self.group(py, function, at, (*extractor, *fold), record),
            Step::BatchGroup { extractor, .. } => {
                let key =
                    group_key(callbacks.call(*extractor, record.clone(), Inside::Extractor)?)?;
                let (place, list) = self.states[at].group(&key);
                let list = callbacks.fold(Fold::Gather, list, record, inside)?;
                self.states[at].put_group(place, list);
                Ok(Passed::Nothing(Progress::Continue))
            }
        }
    }

    /// Takes a record into the total.
    fn accumulate<'py>(
        &mut self,
        py: Python<'py>,
        function: &Function,
        at: usize,
        fold: Fold,
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        // Taken out during the call: an error discards it.
        let accumulator = match &mut self.states[at] {
            State::Accumulator(accumulator) => accumulator,
            State::Counter(count) => {
                *count += 1;
                return Ok(Passed::Nothing(Progress::Continue));
            }
            _ => return Ok(Passed::Nothing(Progress::Continue)),
        };
        let accumulator = accumulator.take().map(|value| value.into_bound(py));
        let result = function
            .callbacks()
            .fold(fold, accumulator, record, self.inside)?;
        if self.is_there(at, &result) {
            self.states[at].put_accumulator(result);
            return Ok(Passed::Nothing(Progress::Continue));
        }
        self.wait(py, function, at, Kept::Nothing, result)
    }

    /// Takes a record into the total of its key.
    fn group<'py>(
        &mut self,
        py: Python<'py>,
        function: &Function,
        at: usize,
        (extractor, fold): (Callback, KeyedFold),
        record: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let callbacks = function.callbacks();
        let key = callbacks.call(extractor, record.clone(), Inside::Extractor);
        let key = if fold.is_shortcut() {
            key.map_err(|error| failure::within_shortcut(py, error))
        } else {
            key
        };
        let key = group_key(key?)?;
        if fold == KeyedFold::Count {
            self.states[at].count_in_group(&key);
            return Ok(Passed::Nothing(Progress::Continue));
        }
        let (place, accumulator) = self.states[at].group(&key);
        let key = key.into_any();
        let result = callbacks.fold_group(fold, &key, accumulator, record, self.inside)?;
        if self.is_there(at, &result) {
            self.states[at].put_group(place, result);
            return Ok(Passed::Nothing(Progress::Continue));
        }
        self.wait(py, function, at, Kept::Group(place), result)
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
        function: &Function,
        at: usize,
        kept: Kept,
        result: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        match Later::of(&result) {
            None => {
                self.begin_flight(function, at, kept, Some(Ok(result.unbind())));
                Ok(Passed::Nothing(Progress::Continue))
            }
            Some(later) => {
                if self.inside == Inside::StepThatMayNotWait {
                    later.refuse();
                    return Err(failure::misuse(NOT_ALLOWED));
                }
                let flow = self.flow.get_or_insert_with(|| Flow::new(&self.session));
                let flow = Arc::clone(flow);
                let number = self.begin_flight(function, at, kept, None);
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
                        let failed = failure::of(py, &error);
                        self.land(py, function, ticket, Err(failed));
                    }
                }
                Ok(Passed::Nothing(Progress::Continue))
            }
        }
    }

    fn begin_flight(
        &mut self,
        function: &Function,
        at: usize,
        kept: Kept,
        landing: Option<Landing>,
    ) -> u64 {
        if self.lines.is_empty() {
            self.lines.resize_with(function.plan().len(), Line::default);
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
        function: &Function,
        at: usize,
        kept: Kept,
        result: Bound<'py, PyAny>,
    ) -> PyResult<Passed<'py>> {
        let nothing = Ok(Passed::Nothing(Progress::Continue));
        match (&function.plan()[at], kept) {
            (Step::FlatMap(_), _) => match result.cast_into::<PyList>() {
                Err(other) => Ok(Passed::Record(other.into_inner())),
                Ok(list) => Ok(Passed::Nothing(self.push_list(py, function, at + 1, &list))),
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
                self.states[at].put_accumulator(result);
                nothing
            }
            (Step::Group { .. }, Kept::Group(place)) => {
                self.states[at].put_group(place, result);
                nothing
            }
            _ => Ok(Passed::Record(result)),
        }
    }

    /// Sends the elements on in reverse order (spec section 12, 7).
    fn push_list<'py>(
        &mut self,
        py: Python<'py>,
        function: &Function,
        at: usize,
        list: &Bound<'py, PyList>,
    ) -> Progress {
        for index in (0..list.len()).rev() {
            // A callback further on may have shortened the list.
            let Ok(record) = list.get_item(index) else {
                continue;
            };
            if self.push_from(py, function, at, record) == Progress::Stop {
                return Progress::Stop;
            }
        }
        Progress::Continue
    }
}
