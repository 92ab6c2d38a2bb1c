//! Functions with declared types, which their scripts convert in Python: here that happens without.
//!
//! gears-runtime writes a function that takes the record apart, converts each word, calls the body and makes a result
//! of what that returns. It stands in the script, for people and for servers that know no better; what it does
//! also stands at it as an attribute, in a few words. By these the body is called straight away. Whatever is not as
//! usual goes through the script's function as ever, so that there is one place that says what becomes of it: words
//! that do not fit before the body runs, values that do not fit [after](replay). The body's exceptions look as if they
//! had [come through it](passage).

mod agreed;
mod argument;
mod passage;
mod replay;
mod result;

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::python::inside::Inside;

use self::argument::Argument;
use self::result::Returned;

/// With more arguments than this a function goes the long way.
const MOST: usize = 64;

/// What converts a function's arguments and result, and what it is.
pub(super) struct Typed {
    /// The body, which is a function of Python's.
    body: Py<PyAny>,
    /// In the order of the wire.
    arguments: Vec<Argument>,
    /// How many of them have to be there.
    least: usize,
    returns: Returned,
    /// The line of the script at which the body is called.
    line: usize,
}

impl Typed {
    /// Calls the body for a record; `whole` is the script's function, which does all of it. `is_last` says that no step
    /// comes behind it that does anything.
    ///
    /// # Errors
    ///
    /// As that function.
    pub(super) fn call<'py>(
        &self,
        whole: &Bound<'py, PyAny>,
        record: Bound<'py, PyAny>,
        inside: Inside,
        is_last: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _inside = inside.enter();
        let returned = match self.arguments.len() {
            0 | 1 => self.call_body::<1>(&record),
            2..=4 => self.call_body::<4>(&record),
            5..=16 => self.call_body::<16>(&record),
            _ => self.call_body::<MOST>(&record),
        };
        let Some(returned) = returned else {
            return whole.call1((record,));
        };
        match returned {
            Ok(value) => match self.returns.result(value, is_last) {
                Ok(result) => Ok(result),
                Err(value) => replay::with_value(whole, record, value),
            },
            Err(error) => Err(passage::through(whole, self.line, error)),
        }
    }

    /// Calls the body, unless the words are not as usual; there are not more than `N` arguments.
    fn call_body<'py, const N: usize>(
        &self,
        record: &Bound<'py, PyAny>,
    ) -> Option<PyResult<Bound<'py, PyAny>>> {
        let py = record.py();
        let words = record.cast_exact::<PyList>().ok()?;
        // The first word names the function.
        let given = words.len().checked_sub(1)?;
        if given < self.least || given > self.arguments.len() {
            return None;
        }
        let mut values: [Option<Bound<'py, PyAny>>; N] = [const { None }; N];
        let mut pointers = [ptr::null_mut(); N];
        for (at, argument) in self.arguments.iter().enumerate() {
            let value = if at < given {
                argument.takes.value(words.get_item(at + 1).ok()?)?
            } else {
                py.None().into_bound(py)
            };
            pointers[argument.place] = value.as_ptr();
            values[argument.place] = Some(value);
        }
        // SAFETY: there are at least as many pointers to live objects, which `values` keeps alive, as arguments; the
        // call returns a reference of its own, or null with an exception.
        Some(unsafe {
            let called = ffi::PyObject_Vectorcall(
                self.body.as_ptr(),
                pointers.as_ptr(),
                self.arguments.len(),
                ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_err(py, called)
        })
    }
}
