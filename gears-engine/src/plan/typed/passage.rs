//! The way of a body's exception through the script's function, which did not call it.
//!
//! No Python runs for it: code that has to end would raise again at its first line.

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTraceback, PyType};

use super::replay::BODY;

/// Adds the line of the script at which the body is called to where an exception came through.
pub(super) fn through(whole: &Bound<'_, PyAny>, line: usize, error: PyErr) -> PyErr {
    let py = whole.py();
    // Where there is no memory for it, the exception tells less.
    if let Ok(traceback) = traceback(whole, line, error.traceback(py)) {
        error.set_traceback(py, Some(traceback));
    }
    error
}

fn traceback<'py>(
    whole: &Bound<'py, PyAny>,
    line: usize,
    next: Option<Bound<'py, PyTraceback>>,
) -> PyResult<Bound<'py, PyTraceback>> {
    let py = whole.py();
    let (code, names) = (whole.getattr("__code__")?, whole.getattr("__globals__")?);
    // SAFETY: the thread is attached, and a function of Python's has code and a dict of globals; the call returns a
    // frame of its own, or null with an exception.
    let frame = unsafe {
        let frame = ffi::PyFrame_New(
            ffi::PyThreadState_Get(),
            code.as_ptr().cast(),
            names.as_ptr(),
            ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(py, frame.cast())?
    };
    let kind: Bound<'py, PyType> = py.get_type::<PyTraceback>();
    // Which instruction it was is not said: it would only be shown below the line, which no file has.
    let made = kind.call1((next, frame, -1, line))?;
    Ok(made.cast_into::<PyTraceback>()?)
}

/// Finds the line of a script's function at which it calls the body.
pub(super) fn line_of_body(code: &Bound<'_, PyAny>) -> Option<usize> {
    let dis = code.py().import("dis").ok()?;
    let starts = dis.call_method1("findlinestarts", (code,)).ok()?;
    let starts = starts.try_iter().ok()?;
    let starts: Vec<(usize, Option<usize>)> = starts
        .map(|start| start.ok()?.extract().ok())
        .collect::<Option<_>>()?;
    for instruction in dis
        .call_method1("get_instructions", (code,))
        .ok()?
        .try_iter()
        .ok()?
    {
        let instruction = instruction.ok()?;
        let named = instruction.getattr("argval").ok()?;
        if named.extract::<&str>().is_ok_and(|name| name == BODY) {
            let offset: usize = instruction.getattr("offset").ok()?.extract().ok()?;
            return starts.iter().rev().find(|start| start.0 <= offset)?.1;
        }
    }
    None
}
