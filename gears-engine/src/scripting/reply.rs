//! Python values as replies of functions.

use std::collections::HashSet;

use gears_server::{Context, Refusal, Reply};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString,
    PyTuple,
};

use super::names::Names;
use super::natives::ErrorReply;
use crate::python::failure;

/// Values nested deeper than this are answered with an error at that place; one that contains
/// itself has no end.
const DEEPEST: usize = 64;

/// How many elements may be answered of values that were answered before: a few that contain each
/// other several times make a reply without end.
const MOST_REPEATED: usize = 1 << 20;

/// Returns the error that a client gets for an exception: what the server or the function has words
/// for is told in these alone.
pub(super) fn error_of(py: Python<'_>, exception: &PyErr) -> String {
    let text = failure::text(py, exception);
    match exception.is_instance_of::<failure::flat_error>(py) {
        true => text,
        false => format!("ERR {text}"),
    }
}

/// Answers with a value.
pub(super) fn answer(context: &Context, names: &Names, value: &Bound<'_, PyAny>) {
    let mut answering = Answering {
        context,
        names,
        collections: HashSet::new(),
        repeated: 0,
    };
    answering.value(value, 0);
}

struct Answering<'a> {
    context: &'a Context,
    names: &'a Names,
    /// Those that were answered so far.
    collections: HashSet<usize>,
    repeated: usize,
}

impl Answering<'_> {
    fn value(&mut self, value: &Bound<'_, PyAny>, depth: usize) {
        let mut to = self.context;
        if let Ok(text) = value.cast::<PyString>() {
            match text.to_str() {
                Ok(status) if self.names.is_status(text) => to.status(status),
                Ok(text) => to.bulk(text.as_bytes()),
                Err(_) => self.refuse("the result text holds lone surrogates, which are not UTF-8"),
            }
        } else if value.is_none() {
            to.null();
        } else if let Ok(truth) = value.cast::<PyBool>() {
            to.reply_bool(truth.is_true());
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.number(number);
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            to.bulk(bytes.as_bytes());
        } else if let Ok(bytes) = value.cast::<PyByteArray>() {
            to.bulk(&bytes.to_vec());
        } else if let Ok(number) = value.cast::<PyFloat>() {
            to.double(number.value());
        } else if let Ok(error) = value.cast::<ErrorReply>() {
            to.error(&error.get().err);
        } else {
            self.collection(value, depth);
        }
    }

    fn number(&mut self, number: &Bound<'_, PyInt>) {
        let mut to = self.context;
        match (number.extract::<i64>(), number.str()) {
            (Ok(number), _) => to.integer(number),
            (Err(_), Ok(digits)) => to.reply_big_number(&digits.to_string_lossy()),
            // Python writes no number of so many digits.
            (Err(_), Err(_)) => self.refuse("the result integer has too many digits"),
        }
    }

    fn collection(&mut self, value: &Bound<'_, PyAny>, depth: usize) {
        if depth == DEEPEST || !self.note(value) {
            self.refuse("the result is nested too deep, or contains itself");
            return;
        }
        // Fixed copies: the length that was promised must hold.
        if let Ok(list) = value.cast::<PyList>() {
            self.array(list.iter().collect(), depth);
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.array(tuple.iter().collect(), depth);
        } else if let Ok(dict) = value.cast::<PyDict>() {
            let pairs: Vec<_> = dict.iter().collect();
            self.context.reply_map(pairs.len());
            for (key, value) in &pairs {
                self.value(key, depth + 1);
                self.value(value, depth + 1);
            }
        } else if let Ok(set) = value.cast::<PySet>() {
            self.set(set.iter().collect(), depth);
        } else if let Ok(set) = value.cast::<PyFrozenSet>() {
            self.set(set.iter().collect(), depth);
        } else {
            self.stranger(value);
        }
    }

    fn array(&mut self, elements: Vec<Bound<'_, PyAny>>, depth: usize) {
        let mut to = self.context;
        to.array(elements.len());
        for element in &elements {
            self.value(element, depth + 1);
        }
    }

    fn set(&mut self, elements: Vec<Bound<'_, PyAny>>, depth: usize) {
        self.context.reply_set(elements.len());
        for element in &elements {
            self.value(element, depth + 1);
        }
    }

    /// Refuses a value of another type.
    fn stranger(&mut self, value: &Bound<'_, PyAny>) {
        let kind = value.get_type().qualname();
        let kind = kind.map_or_else(
            |_| "another type".to_owned(),
            |kind| format!("the type {}", kind.to_string_lossy()),
        );
        let hint = if value.hasattr("cr_code").unwrap_or(false) {
            // Nobody will ever await it.
            let _ = value.call_method0("close");
            ": a function that the server waits for cannot wait itself"
        } else {
            ""
        };
        self.refuse(&format!(
            "the result is of {kind}, which no reply holds{hint}"
        ));
    }

    /// Notes a collection; says no if too much was repeated already.
    fn note(&mut self, value: &Bound<'_, PyAny>) -> bool {
        if !self.collections.insert(value.as_ptr() as usize) {
            let length = value.len().unwrap_or(0);
            self.repeated = self.repeated.saturating_add(length + 1);
        }
        self.repeated <= MOST_REPEATED
    }

    fn refuse(&self, why: &str) {
        let mut to = self.context;
        to.refuse(&Refusal::new(why));
    }
}
