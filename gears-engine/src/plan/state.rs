//! What the steps of a run hold between records.

use std::collections::HashMap;

use gears_model::plan::Step;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::passed::{Passed, Progress};
use crate::flow::asynchronous::{self, Later};
use crate::python::failure;
use crate::python::inside::Inside;

/// What one step holds.
pub(super) enum State {
    None,
    Limit { seen: i64 },
    Accumulator(Option<Py<PyAny>>),
    Groups(Groups),
}

#[derive(Default)]
pub(super) struct Groups {
    places: HashMap<String, usize>,
    /// A group whose reducer failed keeps its place and loses its value.
    pub(super) groups: Vec<(Py<PyAny>, Option<Py<PyAny>>)>,
}

impl State {
    pub(super) fn of(step: &Step) -> Self {
        match step {
            Step::Limit { .. } => Self::Limit { seen: 0 },
            Step::Accumulate(_) => Self::Accumulator(None),
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
        name: String,
        key: &Bound<'py, PyAny>,
    ) -> (usize, Option<Bound<'py, PyAny>>) {
        let State::Groups(groups) = self else {
            return (0, None);
        };
        let place = *groups.places.entry(name).or_insert_with(|| {
            groups.groups.push((key.clone().unbind(), None));
            groups.groups.len() - 1
        });
        let accumulator = groups.groups[place].1.take();
        (place, accumulator.map(|value| value.into_bound(key.py())))
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

/// Names the group of what an extractor found; keys that are not `str` become
/// their `repr`.
pub(super) fn group_name(key: Bound<'_, PyAny>) -> PyResult<(String, Bound<'_, PyAny>)> {
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
