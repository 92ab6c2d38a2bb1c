//! The small builtins: log, configuration, hash tag, errors.

use gears_server::LogLevel;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::passed::Passed;
use crate::cluster;
use crate::config::config;
use crate::lock;
use crate::python::failure;
use crate::python::inside::Inside;
use crate::thread::block;

/// Writes a line to the server's log.
///
/// Two positional arguments are the level and the message: the deprecated
/// order that old scripts use (spec section 2.2).
#[pyfunction]
#[pyo3(signature = (*arguments, level = Passed::ABSENT, message = Passed::ABSENT))]
pub(super) fn log(
    arguments: &Bound<'_, PyTuple>,
    level: Passed<'_>,
    message: Passed<'_>,
) -> PyResult<()> {
    let (level, message) = match (arguments.len(), level.value(), message.value()) {
        (0, level, Some(message)) => (level, message),
        (1, level, None) => (level, arguments.get_item(0)?),
        (2, None, None) => (Some(arguments.get_item(0)?), arguments.get_item(1)?),
        _ => {
            return Err(failure::misuse(
                "log function must get a log message as input",
            ));
        }
    };
    let Ok(message) = message.cast_into::<PyString>() else {
        return Err(failure::misuse("Log message must be a string"));
    };
    let level = match level {
        None => LogLevel::Notice,
        Some(level) => {
            let Ok(level) = level.cast_into::<PyString>() else {
                return Err(failure::misuse(
                    "Log level must be a sting (debug/verbose/notice/warning)",
                ));
            };
            LogLevel::parse(&level.to_string_lossy()).ok_or_else(|| {
                failure::misuse(
                    "Log level should be one of the following : debug,verbose,notice,warning",
                )
            })?
        }
    };
    gears_server::log(level, &format!("GEARS: {}", message.to_string_lossy()));
    Ok(())
}

/// Returns a setting as text, or `None` if nobody has said anything of that name.
///
/// RedisGears knows those here that are not its own; names are case-sensitive, as in `RG.CONFIGGET`.
#[pyfunction(name = "configGet")]
#[pyo3(signature = (*arguments))]
pub(super) fn config_get(arguments: &Bound<'_, PyTuple>) -> PyResult<Option<String>> {
    if arguments.len() != 1 {
        return Err(failure::misuse(
            "get_config function must get a single key input",
        ));
    }
    let Ok(key) = arguments.get_item(0)?.cast_into::<PyString>() else {
        return Err(failure::misuse("get_config key must be a string"));
    };
    Ok(config().text_of(&key.to_string_lossy()))
}

/// Returns a setting as text, or `default` if nobody has said anything of that name.
#[pyfunction(name = "gearsConfigGet")]
#[pyo3(signature = (key, default = None))]
pub(super) fn gears_config_get<'py>(
    key: &Bound<'py, PyAny>,
    default: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = key.py();
    match config_get(&PyTuple::new(py, [key])?)? {
        Some(value) => Ok(Some(PyString::new(py, &value).into_any())),
        None => Ok(default),
    }
}

/// Returns a text that hashes to a slot of this shard.
///
/// Any arguments are ignored, as in RedisGears.
///
/// # Errors
///
/// `gears.error` when the shard serves no slot.
#[pyfunction]
#[pyo3(signature = (*arguments))]
pub(super) fn hashtag(arguments: &Bound<'_, PyTuple>) -> PyResult<&'static str> {
    let topology = if cluster::is_alone() {
        None
    } else {
        lock::with_redis(arguments.py(), cluster::topology)
    };
    cluster::own_tag(topology.as_deref()).map_err(|error| failure::misuse(&error))
}

/// Returns the same text in braces, ready for the names of keys: RedGrease
/// brings it, RedisGears does not.
///
/// # Errors
///
/// As [`hashtag`].
#[pyfunction]
#[pyo3(signature = (*arguments))]
pub(super) fn hashtag3(arguments: &Bound<'_, PyTuple>) -> PyResult<String> {
    hashtag(arguments).map(|tag| format!("{{{tag}}}"))
}

/// Says whether a callback may return a coroutine here.
#[pyfunction(name = "isAsyncAllow")]
pub(super) fn is_async_allowed() -> bool {
    Inside::now() == Inside::Step
}

/// Says whether the code runs inside `with atomic():`.
#[pyfunction(name = "isInAtomicBlock")]
pub(super) fn is_in_atomic_block() -> bool {
    block::is_open()
}

/// Raises an error whose text is just the message.
#[pyfunction]
#[pyo3(signature = (*arguments))]
pub(super) fn flat_error(arguments: &Bound<'_, PyTuple>) -> PyResult<()> {
    match arguments.get_item(0) {
        // In a tuple, for `None` alone would be no argument.
        Ok(message) => Err(failure::flat_error::new_err((message.unbind(),))),
        Err(_) => Err(failure::misuse("not enough arguments for time flat error")),
    }
}
