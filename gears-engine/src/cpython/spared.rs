//! Where code that has to end goes on.
//!
//! Such code raises at each of its lines. Were locks held, they would be for
//! ever: those of Python's own library, without which no thread starts and
//! nothing is imported any more, and those that `with` has taken. So nothing is
//! raised where `with` is left, and at no line of the modules whose own code
//! gives locks back. For a while nothing is raised either within an `__enter__`
//! that has begun, and where the next call in the code gives something back: the
//! context managers of scripts, and their `finally`, have locks as well.
//!
//! An exception that comes from another thread, and begins all this, comes up where
//! Python looks for it: between any two instructions before 3.10, and since
//! then at the beginning of a function, behind a call, and where a loop goes back.
//! It waits while the thread takes a lock of which `with` knows nothing yet, or
//! gives one back.

use std::os::raw::c_ulong;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet, PyTuple};

use super::instruction::Instructions;
use super::runtime::runtime;

/// How far from its `with` code is known that enters or leaves it.
const DEEPEST: usize = 8;

/// What is to know of this Python's code.
#[derive(FromPyObject)]
struct Spared {
    /// Files whose code is spared.
    files: Py<PyFrozenSet>,
    /// Functions in these files that take locks or give them back.
    holders: Py<PyFrozenSet>,
    /// Code elsewhere that is spared, and does so.
    codes: Vec<Py<PyAny>>,
    /// The file whose code takes locks before a `try`.
    taking_file: String,
    /// Functions and methods by which it does so.
    takers: Py<PyFrozenSet>,
    /// Functions and methods that give something back.
    givers: Py<PyFrozenSet>,
    instructions: Instructions,
    /// Tells what each thread runs.
    current_frames: Py<PyAny>,
}

static SPARED: PyOnceLock<Spared> = PyOnceLock::new();

/// Finds out what is spared; before any code has to end.
///
/// # Errors
///
/// Python's own, when it lacks what it always had.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    SPARED
        .get_or_try_init(py, || runtime(py)?.call_method0("spared_code")?.extract())
        .map(drop)
}

/// Says whether the line that a frame is about to run is spared, as long as code that has to
/// end has time to give back what it holds, or after that.
///
/// Runs no Python code, which would be spared or not in its turn.
pub(crate) fn is_spared(frame: &Bound<'_, PyAny>, has_time: bool) -> bool {
    let spares = |spared: &Spared| -> PyResult<bool> {
        let place = Place::of(frame)?;
        Ok(spared.has(&place)?
            || has_time && (spared.is_within_enter(&place)? || spared.gives_back(&place, false)?))
    };
    SPARED
        .get(frame.py())
        .is_some_and(|spared| spares(spared).unwrap_or(false))
}

/// Returns what each thread runs, by its id; nothing where that is not known.
pub(crate) fn running(py: Python<'_>) -> Option<Bound<'_, PyDict>> {
    let frames = SPARED.get(py)?.current_frames.bind(py).call0().ok()?;
    frames.cast_into().ok()
}

/// For how long an exception from another thread waits where a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Not,
    /// For a while: it may be code of scripts, which stays there for as long as it likes.
    Some,
    /// For longer: it is code of Python's own library, which others than it can be made to look like.
    Long,
}

/// Says whether an exception has to wait because the thread takes a lock or gives it back.
pub(crate) fn waits_for(running: &Bound<'_, PyDict>, thread: c_ulong) -> Wait {
    let found = |spared: &Spared| -> PyResult<Wait> {
        match running.get_item(thread)? {
            Some(frame) => spared.waits_for(&Place::of(&frame)?),
            None => Ok(Wait::Not),
        }
    };
    SPARED
        .get(running.py())
        .map_or(Wait::Not, |spared| found(spared).unwrap_or(Wait::Not))
}

/// Where a frame is.
struct Place<'py> {
    frame: Bound<'py, PyAny>,
    code: Bound<'py, PyAny>,
    instructions: Bound<'py, PyBytes>,
    /// The place of an instruction: that which is about to run where a line begins, else
    /// the last one that has begun.
    at: usize,
}

impl<'py> Place<'py> {
    fn of(frame: &Bound<'py, PyAny>) -> PyResult<Self> {
        let code = frame.getattr("f_code")?;
        let at: isize = frame.getattr("f_lasti")?.extract()?;
        Ok(Self {
            frame: frame.clone(),
            instructions: code.getattr("co_code")?.cast_into()?,
            code,
            // A frame that has not begun is before its first instruction.
            at: usize::try_from(at).unwrap_or(0),
        })
    }

    /// Returns where the caller is.
    fn caller(&self) -> PyResult<Option<Self>> {
        let caller = self.frame.getattr("f_back")?;
        (!caller.is_none()).then(|| Self::of(&caller)).transpose()
    }

    /// Returns the instructions from here on.
    fn rest(&self) -> &[u8] {
        self.instructions
            .as_bytes()
            .get(self.at..)
            .unwrap_or_default()
    }
}

impl Spared {
    fn has_file_of(&self, code: &Bound<'_, PyAny>) -> PyResult<bool> {
        let file = code.getattr("co_filename")?;
        self.files.bind(code.py()).contains(file)
    }

    fn has_code(&self, code: &Bound<'_, PyAny>) -> bool {
        self.codes.iter().any(|spared| code.is(spared))
    }

    fn is_holder(&self, code: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name = code.getattr("co_name")?;
        Ok(self.has_code(code)
            || self.has_file_of(code)? && self.holders.bind(code.py()).contains(name)?)
    }

    /// Says whether a line is spared in any case.
    fn has(&self, place: &Place<'_>) -> PyResult<bool> {
        Ok(self.has_code(&place.code)
            || self.has_file_of(&place.code)?
            || self.instructions.leave_with(place.rest()))
    }

    /// Says whether an exception that comes from another thread has to wait.
    fn waits_for(&self, place: &Place<'_>) -> PyResult<Wait> {
        if self.is_holder(&place.code)? {
            return Ok(Wait::Long);
        }
        let (code, at) = (place.instructions.as_bytes(), place.at);
        let takes = named(&place.code, self.takers.bind(place.code.py()))?;
        // What follows a call that takes a lock is the `try` whose `finally` gives it back.
        let file: String = place.code.getattr("co_filename")?.extract()?;
        if file == self.taking_file && self.instructions.has_called(code, at, takes) {
            return Ok(Wait::Long);
        }
        let waits = self.gives_back(place, true)?
            || self.is_within_enter(place)?
            || self.is_within_exit(place)?;
        Ok(if waits { Wait::Some } else { Wait::Not })
    }

    /// Says whether the next call in the code gives something back, which a call that has
    /// begun is not.
    fn gives_back(&self, place: &Place<'_>, has_begun: bool) -> PyResult<bool> {
        let mut rest = place.rest();
        if has_begun {
            rest = self.instructions.after_call(rest);
        }
        let gives = named(&place.code, self.givers.bind(place.code.py()))?;
        Ok(self.instructions.call_first(rest, gives))
    }

    /// Says whether a `with` that is entered has called this code, or code that called it.
    fn is_within_enter(&self, place: &Place<'_>) -> PyResult<bool> {
        is_called(place, |code, at| self.instructions.enters_at(code, at))
    }

    /// Says whether a `with` that is left has called this code, or code that called it.
    fn is_within_exit(&self, place: &Place<'_>) -> PyResult<bool> {
        is_called(place, |code, at| self.instructions.leaves_at(code, at))
    }
}

/// Returns what tells of the number of a name in code whether that is one of these.
fn named<'py>(
    code: &Bound<'py, PyAny>,
    these: &Bound<'py, PyFrozenSet>,
) -> PyResult<impl Fn(usize) -> bool> {
    let names = code.getattr("co_names")?.cast_into::<PyTuple>()?;
    Ok(move |number| {
        let name = names.get_item(number);
        name.is_ok_and(|name| these.contains(name).unwrap_or(false))
    })
}

/// Says whether code was called by an instruction that is meant, or by code that was.
fn is_called(place: &Place<'_>, is_meant: impl Fn(&[u8], usize) -> bool) -> PyResult<bool> {
    let mut caller = place.caller()?;
    for _ in 0..DEEPEST {
        let Some(place) = caller else { break };
        if is_meant(place.instructions.as_bytes(), place.at) {
            return Ok(true);
        }
        caller = place.caller()?;
    }
    Ok(false)
}
