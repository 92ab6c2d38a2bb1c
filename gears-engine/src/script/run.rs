//! `GearsBuilder.run`: a function that runs once (spec section 5.1).

use std::sync::Arc;

use gears_model::Mode;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::body::in_body;
use super::described::Described;
use crate::code::{owner, permissions};
use crate::cpython::runtime::runtime;
use crate::execution::{self, Batch, Task, Waits};
use crate::python::failure;
use crate::reader::keyword::{self, Operation};
use crate::reader::option::{execution_mode, timeout};
use crate::reader::{BatchReader, ReaderKind};

/// Prepares a run from what `run` was given.
pub(super) fn prepare(
    py: Python<'_>,
    described: &Described,
    argument: Option<Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Batch> {
    let mode = execution_mode(py, options)?;
    if mode == Mode::Sync {
        return Err(failure::misuse("unknown execution mode"));
    }
    // This one says so itself, in RedisGears' words; that one does not run.
    if !matches!(described.reader, ReaderKind::KeyNames | ReaderKind::Command) {
        keyword::check(Operation::Run, described.reader, options)?;
    }
    let argument = match argument {
        Some(argument) if argument.is_truthy()? => argument,
        _ => described.default_argument.bind(py).clone(),
    };
    Ok(Batch {
        task: Task {
            reader: BatchReader::new(described.reader, argument, options)?,
            function: Arc::new(described.function(py)),
            timeout: timeout(py, options)?,
            session: owner::here()?,
            spreads: mode == Mode::Async,
        },
        future: runtime(py)?.getattr("createFuture")?.call0()?.unbind(),
    })
}

/// Notes a run, or begins it when a callback asks for it; returns a future for its
/// results and errors.
pub(super) fn note(py: Python<'_>, run: Batch) -> PyResult<Bound<'_, PyAny>> {
    let future = run.future.bind(py).clone();
    let noted = in_body(run, |collected, run| {
        if collected.run.is_some() {
            return Err(failure::misuse(
                "Can not run more then 1 executions in a single script",
            ));
        }
        collected.run = Some(run);
        Ok(())
    });
    match noted {
        Ok(noted) => noted?,
        Err(run) => {
            execution::start_run(run, permissions::remembered(py), || Waits::Callback)
                .map_err(|refusal| failure::of_refusal(&refusal))?;
        }
    }
    Ok(future)
}
