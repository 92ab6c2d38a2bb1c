//! What the steps of a run hold between records.

use std::collections::HashMap;

use gears_model::plan::{Fold, KeyedFold, Step};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::passed::{Passed, Progress};
use crate::flow::asynchronous::{self, Later};
use crate::python::failure;
use crate::python::inside::Inside;

/// What one step holds.
pub(super) enum State {
    None,
    Limit {
        seen: i64,
    },
    Accumulator(Option<Py<PyAny>>),
    /// How many records there were.
    Counter(usize),
    Groups(Groups),
}

#[derive(Default)]
pub(super) struct Groups {
    places: HashMap<String, usize>,
    /// A group whose reducer failed keeps its place and loses its value.
    pub(super) groups: Vec<(Py<PyAny>, Option<Py<PyAny>>)>,
    /// How many records each group has, where that is what is asked for.
    counts: Option<Vec<usize>>,
}

impl Groups {
    fn place(&mut self, key: &Bound<'_, PyString>) -> usize {
        // Surrogates cannot be group names on the wire, but they still group.
        let name = key.to_string_lossy();
        if let Some(place) = self.places.get(&*name) {
            return *place;
        }
        let place = self.groups.len();
        self.places.insert(name.into_owned(), place);
        self.groups.push((key.clone().into_any().unbind(), None));
        if let Some(counts) = &mut self.counts {
            counts.push(0);
        }
        place
    }

    /// Returns the groups with what they hold, in the order in which they were made.
    pub(super) fn finish(self, py: Python<'_>) -> Vec<(Py<PyAny>, Option<Py<PyAny>>)> {
        let mut groups = self.groups;
        for (group, count) in groups.iter_mut().zip(self.counts.into_iter().flatten()) {
            let Ok(count) = count.into_pyobject(py);
            group.1 = Some(count.into_any().unbind());
        }
        groups
    }
}

impl State {
    pub(super) fn of(step: &Step) -> Self {
        match step {
            Step::Limit { .. } => Self::Limit { seen: 0 },
            Step::Accumulate(Fold::Count) => Self::Counter(0),
            Step::Accumulate(_) => Self::Accumulator(None),
            Step::Group {
                fold: KeyedFold::Count,
                ..
            } => Self::Groups(Groups {
                counts: Some(Vec::new()),
                ..Groups::default()
            }),
            Step::Group { .. } | Step::BatchGroup { .. } => Self::Groups(Groups::default()),
            _ => Self::None,
        }
    }

    pub(super) fn limit<'py>(
        &mut self,
        start: i64,
        count: i64,
        record: Bound<'py, PyAny>,
    ) -> Passed<'py> {
        let State::Limit { seen } = self else {
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

    pub(super) fn group<'py>(
        &mut self,
        key: &Bound<'py, PyString>,
    ) -> (usize, Option<Bound<'py, PyAny>>) {
        let State::Groups(groups) = self else {
            return (0, None);
        };
        let place = groups.place(key);
        let accumulator = groups.groups[place].1.take();
        (place, accumulator.map(|value| value.into_bound(key.py())))
    }

    /// Counts one more record of the group `key`, if it counts them.
    pub(super) fn count_in_group(&mut self, key: &Bound<'_, PyString>) {
        let State::Groups(groups) = self else {
            return;
        };
        let place = groups.place(key);
        if let Some(count) = groups
            .counts
            .as_mut()
            .and_then(|counts| counts.get_mut(place))
        {
            *count += 1;
        }
    }

    pub(super) fn put_accumulator(&mut self, value: Bound<'_, PyAny>) {
        if let State::Accumulator(accumulator) = self {
            *accumulator = Some(value.unbind());
        }
    }

    pub(super) fn put_group(&mut self, place: usize, value: Bound<'_, PyAny>) {
        if let State::Groups(groups) = self {
            groups.groups[place].1 = Some(value.unbind());
        }
    }
}

/// Returns the key of the group of what an extractor found; keys that are not `str` become
/// their `repr`.
pub(super) fn group_key(key: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyString>> {
    if !asynchronous::is_value(&key) {
        return Err(refused(&key, "coroutine are not allow on extractor"));
    }
    match key.cast_into::<PyString>() {
        Ok(text) => Ok(text),
        Err(other) => other.into_inner().repr(),
    }
}

pub(super) fn reduce<'py>(
    reducer: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    records: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let reduced = {
        let _inside = Inside::Extractor.enter();
        reducer.call1((key, records))?
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

pub(super) fn group_record<'py>(
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = key.py();
    let record = PyDict::new(py);
    record.set_item(pyo3::intern!(py, "key"), key)?;
    record.set_item(pyo3::intern!(py, "value"), value)?;
    Ok(record.into_any())
}
