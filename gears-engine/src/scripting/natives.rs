//! What of the object `server` is Rust's.

use std::borrow::Cow;
use std::rc::Rc;

use gears_server::scripting::{Flags, Replication, Running};
use gears_server::{Context, LogLevel, log};
use pyo3::create_exception;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyString, PyTuple};

use super::{answer, asked};
use crate::ground::calls;
use crate::lock;
use crate::python::{convert, failure};

create_exception!(
    server,
    ServerError,
    failure::flat_error,
    "An error of a command, or of a function: the whole text that the client gets."
);

/// An error as a result.
#[pyclass(frozen, name = "ErrorReply", module = "server")]
pub(super) struct ErrorReply {
    #[pyo3(get)]
    pub(super) err: String,
}

#[pymethods]
impl ErrorReply {
    fn __repr__(&self) -> String {
        format!("server.error_reply({:?})", self.err)
    }
}

/// Returns all of it, by the names that it has there.
///
/// # Errors
///
/// Python's own.
pub(super) fn all(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let own = PyModule::new(py, "server")?;
    let functions: [Bound<'_, PyCFunction>; 8] = [
        wrap_pyfunction!(call, &own)?,
        wrap_pyfunction!(error_reply, &own)?,
        wrap_pyfunction!(write_log, &own)?,
        wrap_pyfunction!(setresp, &own)?,
        wrap_pyfunction!(set_repl, &own)?,
        wrap_pyfunction!(acl_check_cmd, &own)?,
        wrap_pyfunction!(register_function, &own)?,
        wrap_pyfunction!(requirements, &own)?,
    ];
    let all = PyDict::new(py);
    for function in functions {
        all.set_item(function.getattr("__name__")?, function)?;
    }
    all.set_item("error", py.get_type::<ServerError>())?;
    all.set_item("ErrorReply", py.get_type::<ErrorReply>())?;
    Ok(all)
}

/// Runs a command and returns its answer; raises `server.error` with the server's text.
#[pyfunction]
#[pyo3(signature = (*words))]
fn call<'py>(words: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = words.py();
    let words = arguments(words)?;
    let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let answer = in_call(py, |context| {
        calls::note_call();
        context.call_typed(&words)
    })?;
    match answer {
        Ok(answer) => answer::of_typed(py, &answer),
        Err(failure) => Err(ServerError::new_err((failure.message,))),
    }
}

fn arguments<'a>(words: &'a Bound<'_, PyTuple>) -> PyResult<Vec<Cow<'a, [u8]>>> {
    words.as_slice().iter().map(convert::argument).collect()
}

/// Works with the server, if this is the thread of a call.
fn in_call<T: Send>(py: Python<'_>, work: impl FnOnce(&Context) -> T + Send) -> PyResult<T> {
    if running().is_err() {
        return Err(outside());
    }
    Ok(lock::with_redis(py, work))
}

fn running() -> PyResult<Rc<Running>> {
    Running::here().ok_or_else(outside)
}

fn outside() -> PyErr {
    ServerError::new_err((
        "ERR this can only be called inside a function that is being called, on its own thread",
    ))
}

/// Makes an error of a text, which begins with its code; one word alone is the message.
#[pyfunction]
fn error_reply(text: &Bound<'_, PyString>) -> ErrorReply {
    let text = text.to_string_lossy();
    let text = text.strip_prefix('-').unwrap_or(&text);
    ErrorReply {
        err: match text.contains(' ') {
            true => text.to_owned(),
            false => format!("ERR {text}"),
        },
    }
}

/// Writes a line to the server's log, by the numbers of levels that scripts in Lua have.
#[pyfunction(name = "log")]
fn write_log(level: i64, message: &str) -> PyResult<()> {
    let level = match level {
        0 => LogLevel::Debug,
        1 => LogLevel::Verbose,
        2 => LogLevel::Notice,
        3 => LogLevel::Warning,
        _ => return Err(PyValueError::new_err("Invalid log level.")),
    };
    log(level, message);
    Ok(())
}

/// Has commands answer by a version of the protocol.
#[pyfunction]
fn setresp(version: i64) -> PyResult<()> {
    match version {
        2 | 3 => running().map(|running| running.answer_by_three(version == 3)),
        _ => Err(PyValueError::new_err("RESP version must be 2 or 3.")),
    }
}

/// Has writes go to the append-only file (1), to replicas (2), to both (3) or to neither (0).
#[pyfunction]
fn set_repl(flags: i64) -> PyResult<()> {
    if !(0..=3).contains(&flags) {
        return Err(PyValueError::new_err(
            "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
        ));
    }
    running()?.replicate(Replication {
        to_file: flags & 1 != 0,
        to_replicas: flags & 2 != 0,
    });
    Ok(())
}

/// Says whether the caller may run a command.
#[pyfunction]
#[pyo3(signature = (*words))]
fn acl_check_cmd(words: &Bound<'_, PyTuple>) -> PyResult<bool> {
    let words_now = arguments(words)?;
    let words_now: Vec<&[u8]> = words_now.iter().map(AsRef::as_ref).collect();
    if words_now.is_empty() {
        return Err(PyTypeError::new_err(
            "Please specify at least one argument for this call",
        ));
    }
    in_call(words.py(), |context| {
        context
            .check_permission(&context.caller(), &words_now)
            .is_ok()
    })
}

/// Registers a function of the library that is being loaded.
#[pyfunction]
#[pyo3(signature = (name = None, callback = None, flags = None, description = None, *, function_name = None))]
fn register_function(
    name: Option<Bound<'_, PyAny>>,
    callback: Option<Bound<'_, PyAny>>,
    flags: Option<Bound<'_, PyAny>>,
    description: Option<String>,
    function_name: Option<Bound<'_, PyAny>>,
) -> PyResult<()> {
    let name = match name.or(function_name).map(|name| name.extract::<String>()) {
        Some(Ok(name)) => name,
        Some(Err(_)) => return Err(failure::misuse("the name of a function must be a string")),
        None => {
            return Err(failure::misuse(
                "register_function must get a function name argument",
            ));
        }
    };
    let callback = match callback {
        Some(callback) if callback.is_callable() => callback.unbind(),
        Some(_) => {
            return Err(failure::misuse(
                "the callback of a function must be callable",
            ));
        }
        None => {
            return Err(failure::misuse(
                "register_function must get a callback argument",
            ));
        }
    };
    let mut all = Flags::default();
    if let Some(flags) = flags {
        if flags.is_instance_of::<PyString>() {
            return Err(failure::misuse("flags is a list of texts"));
        }
        for flag in flags.try_iter()? {
            let flag = flag?.str()?;
            if !all.add(&flag.to_string_lossy()) {
                let known: Vec<_> = Flags::NAMES.iter().map(|(name, _)| *name).collect();
                return Err(failure::misuse(&format!(
                    "unknown flag given: {}; there are {}",
                    flag.to_string_lossy(),
                    known.join(", ")
                )));
            }
        }
    }
    asked::register(name, callback, all, description)
}

/// Says which packages the library needs, as pip names them: it does not load without them.
#[pyfunction]
#[pyo3(signature = (*names))]
fn requirements(names: &Bound<'_, PyTuple>) -> PyResult<()> {
    asked::require(names.extract::<Vec<String>>()?)
}
