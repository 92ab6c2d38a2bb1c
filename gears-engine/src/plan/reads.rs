//! What a function reads of its records, as far as its code tells.

use std::collections::HashSet;
use std::ffi::CStr;

use gears_model::plan::{Callback, Fold, KeyedFold, Step};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use super::Function;
use crate::python::failure;

/// What a function reads of a record that holds the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// It asks for these members by name, and nobody sees the record behind it.
    Members(Members),
    /// It may do anything with the record.
    Anything,
}

/// Members of a record that holds the value of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Members {
    pub(crate) event: bool,
    pub(crate) key: bool,
    pub(crate) kind: bool,
    pub(crate) value: bool,
}

impl Members {
    /// Says whether the key has to be read for them.
    pub(crate) fn are_of_value(self) -> bool {
        self.value || self.kind
    }

    fn add(&mut self, names: &HashSet<String>) {
        self.event |= names.contains("event");
        self.key |= names.contains("key");
        self.kind |= names.contains("type");
        self.value |= names.contains("value");
    }
}

impl Reads {
    /// Finds out what a function reads.
    pub(super) fn of(py: Python<'_>, function: &Function) -> Self {
        let mut members = Members::default();
        for step in function.plan() {
            let (looks, is_last) = looks(step);
            for look in looks.into_iter().flatten() {
                let Callback::Script(id) = look.callback else {
                    return Self::Anything;
                };
                match members_read(function.callbacks().at(py, id), look.place) {
                    Ok(Some(names)) => members.add(&names),
                    Ok(None) => return Self::Anything,
                    Err(error) => {
                        failure::log(py, "a function cannot be looked through", &error);
                        return Self::Anything;
                    }
                }
            }
            match is_last {
                Last::Yes => return Self::Members(members),
                Last::No => {}
                Last::Unknown => return Self::Anything,
            }
        }
        // The record itself comes out.
        Self::Anything
    }
}

/// A callback that is given a record, at this place among its arguments.
struct Look {
    callback: Callback,
    place: usize,
}

/// Whether a record goes no further than a step.
enum Last {
    Yes,
    No,
    Unknown,
}

/// Says which callbacks a step gives its records to, and whether it is the last to have them.
fn looks(step: &Step) -> ([Option<Look>; 2], Last) {
    let look = |callback, place| Some(Look { callback, place });
    match *step {
        Step::Map(callback) | Step::FlatMap(callback) => ([look(callback, 0), None], Last::Yes),
        Step::Filter(callback) | Step::ForEach(callback) => ([look(callback, 0), None], Last::No),
        Step::Limit { .. } => ([None, None], Last::No),
        Step::Accumulate(Fold::Count) => ([None, None], Last::Yes),
        Step::Accumulate(Fold::Script(function) | Fold::Aggregate { function, .. }) => {
            ([look(Callback::Script(function), 1), None], Last::Yes)
        }
        Step::Group {
            extractor, fold, ..
        } => match fold {
            KeyedFold::Count => ([look(extractor, 0), None], Last::Yes),
            KeyedFold::Script(function) | KeyedFold::Aggregate { function, .. } => {
                let function = look(Callback::Script(function), 2);
                ([look(extractor, 0), function], Last::Yes)
            }
            _ => ([None, None], Last::Unknown),
        },
        _ => ([None, None], Last::Unknown),
    }
}

fn members_read(callback: &Bound<'_, PyAny>, place: usize) -> PyResult<Option<HashSet<String>>> {
    let reader = reader(callback.py())?;
    let read = reader.call_method1("members_read", (callback, place))?;
    read.extract()
}

/// Returns the module that looks through functions.
fn reader(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    const SOURCE: &str = concat!(include_str!("reads.py"), "\0");
    static READER: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    READER
        .get_or_try_init(py, || {
            let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
            PyModule::from_code(py, source, c"<gears engine>", c"gears_reads").map(Bound::unbind)
        })
        .map(|module| module.bind(py))
}
