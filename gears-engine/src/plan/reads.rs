//! What a function reads of its records, as far as its code tells.

use std::collections::HashSet;
use std::ffi::CStr;

use gears_model::plan::{Callback, Step};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use super::Function;
use crate::python::failure;

/// What a function reads of a record that holds the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reads {
    /// Neither value nor type, and nobody sees the record behind it.
    Name,
    /// It asks for the value or the type by name, and nobody sees the record behind it.
    ValueByName,
    /// It may do anything with the record.
    Anything,
}

/// What the value and its type are called in a record.
const OF_VALUE: [&str; 2] = ["value", "type"];

impl Reads {
    /// Finds out what a function reads.
    pub(super) fn of(py: Python<'_>, function: &Function) -> Self {
        let mut reads = Self::Name;
        for step in function.plan() {
            let (callback, is_last) = match step {
                Step::Map(callback) | Step::FlatMap(callback) => (*callback, true),
                Step::Filter(callback) | Step::ForEach(callback) => (*callback, false),
                _ => return Self::Anything,
            };
            let Callback::Script(id) = callback else {
                return Self::Anything;
            };
            reads = reads.max(Self::of_callback(function.callbacks().at(py, id)));
            if is_last {
                return reads;
            }
        }
        // The record itself comes out.
        Self::Anything
    }

    fn of_callback(callback: &Bound<'_, PyAny>) -> Self {
        match members_read(callback) {
            Ok(Some(members)) if OF_VALUE.iter().any(|name| members.contains(*name)) => {
                Self::ValueByName
            }
            Ok(Some(_)) => Self::Name,
            Ok(None) => Self::Anything,
            Err(error) => {
                failure::log(callback.py(), "a function cannot be looked through", &error);
                Self::Anything
            }
        }
    }
}

fn members_read(callback: &Bound<'_, PyAny>) -> PyResult<Option<HashSet<String>>> {
    let reader = reader(callback.py())?;
    reader.call_method1("members_read", (callback,))?.extract()
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
