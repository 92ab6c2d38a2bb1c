//! `execute`: a Redis command from Python (spec section 2.4).

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use gears_server::{CallFailure, text};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::cluster::elsewhere;
use crate::code::permissions;
use crate::lock;
use crate::occasion::unread;
use crate::python::{convert, failure};

/// How deep functions may call each other through commands: each level takes
/// the server's stack, which the recursion limit of Python knows nothing of.
const DEEPEST: usize = 256;

/// How long the error of a command may be. Functions that call each other quote
/// the error below, and each quote doubles the backslashes in it.
const LONGEST_ERROR: usize = 16 << 10;

thread_local! {
    /// How many commands of functions this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A command of a function, while it runs.
struct Level;

impl Level {
    fn enter() -> PyResult<Self> {
        let depth = DEPTH.get();
        if depth >= DEEPEST {
            return Err(failure::misuse(
                "functions call each other too deeply through commands",
            ));
        }
        DEPTH.set(depth + 1);
        Ok(Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// How often a worker looks whether paused writes go on.
const PAUSE_LOOK: Duration = Duration::from_millis(20);

/// What a thread is told that a function waits for which has the server to itself.
const KEPT: &str = "the server is kept by a function that ran longer than its deadline allows; does it wait for this thread?";

/// Runs a command on this server and returns its answer.
///
/// # Errors
///
/// `gears.error` with the server's error text.
#[pyfunction]
#[pyo3(signature = (*words))]
pub(super) fn execute<'py>(words: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = words.py();
    let Some((command, arguments)) = words.as_slice().split_first() else {
        return Err(failure::misuse(
            "execute() needs the name of a command, such as execute('PING')",
        ));
    };
    let Ok(command) = command.cast::<PyString>() else {
        return Err(failure::misuse("the given command must be a string"));
    };
    let command = command.to_str()?.as_bytes();
    let arguments = arguments
        .iter()
        .map(convert::argument)
        .collect::<PyResult<Vec<_>>>()?;
    let arguments: Vec<&[u8]> = arguments.iter().map(AsRef::as_ref).collect();
    let _level = Level::enter()?;
    unread::settle(py);
    let user = permissions::current(py);
    let call = || {
        lock::with_redis_unless_kept(py, |context| user.call(context, command, &arguments))
            .ok_or_else(|| failure::misuse(KEPT))
    };
    let mut answer = call()?;
    // A worker can wait for the end of a pause; who holds the lock cannot.
    while !lock::is_held() && answer.as_ref().is_err_and(CallFailure::is_paused) {
        py.detach(|| thread::sleep(PAUSE_LOOK));
        py.check_signals()?;
        answer = call()?;
    }
    match answer {
        Ok(answer) => convert::of_answer(py, &answer),
        Err(error) => {
            let raised = failure::misuse(&text::shortened(&error.message, LONGEST_ERROR));
            if error.is_elsewhere() {
                let words: Vec<&[u8]> = [&[command], arguments.as_slice()].concat();
                let whose = lock::with_redis(py, |context| elsewhere::whose(context, &words));
                return Err(match whose {
                    Some(whose) => failure::with_note(py, raised, &whose),
                    None => raised,
                });
            }
            Err(raised)
        }
    }
}
