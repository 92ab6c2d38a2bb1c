//! Lines at which code that has to end goes on.
//!
//! Such code raises at each of its lines. Were locks held, they would be for
//! ever: those of Python's own library, without which no thread starts and
//! nothing is imported any more, and those that `with` has taken. So nothing is
//! raised where `with` is left, and at no line of the modules whose own code
//! gives locks back. The watchdog's own exceptions, which end loops there, wait
//! while these take a lock of which `with` knows nothing yet, or give one back.

use std::os::raw::c_ulong;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet};

use super::runtime::runtime;

/// What is to know of this Python's code.
struct Spared {
    /// Files whose code is spared.
    files: Py<PyFrozenSet>,
    /// Functions in these files that take locks or give them back.
    holders: Py<PyFrozenSet>,
    instructions: Instructions,
    /// Tells what each thread runs.
    current_frames: Py<PyAny>,
}

/// The numbers of instructions.
#[derive(FromPyObject)]
struct Instructions {
    /// Nothing but room for the one before it.
    cache: Option<u8>,
    load_const: u8,
    /// Takes a value once more; only older Pythons have it.
    dup_top: Option<u8>,
    with_except_start: u8,
}

static SPARED: PyOnceLock<Spared> = PyOnceLock::new();

/// Finds out what is spared; before any code has to end.
///
/// # Errors
///
/// Python's own, when it lacks what it always had.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    SPARED
        .get_or_try_init(py, || {
            let (files, holders, instructions) =
                runtime(py)?.call_method0("spared_code")?.extract()?;
            Ok(Spared {
                files,
                holders,
                instructions,
                current_frames: py.import("sys")?.getattr("_current_frames")?.unbind(),
            })
        })
        .map(drop)
}

/// Says whether the line that a frame is about to run is spared.
///
/// Runs no Python code, which would be spared or not in its turn.
pub(crate) fn is_spared(frame: &Bound<'_, PyAny>) -> bool {
    let Some(spared) = SPARED.get(frame.py()) else {
        return false;
    };
    spared.has(frame).unwrap_or(false)
}

/// Returns what each thread runs, by its id; nothing where that is not known.
pub(crate) fn running(py: Python<'_>) -> Option<Bound<'_, PyDict>> {
    let frames = SPARED.get(py)?.current_frames.bind(py).call0().ok()?;
    frames.cast_into().ok()
}

/// Says whether a thread is where it takes a lock or gives it back.
pub(crate) fn spares(running: &Bound<'_, PyDict>, thread: c_ulong) -> bool {
    let is_spared = |spared: &Spared| -> PyResult<bool> {
        match running.get_item(thread)? {
            Some(frame) => spared.is_holder(&frame.getattr("f_code")?),
            None => Ok(false),
        }
    };
    SPARED
        .get(running.py())
        .is_some_and(|spared| is_spared(spared).unwrap_or(false))
}

impl Spared {
    fn has_file_of(&self, code: &Bound<'_, PyAny>) -> PyResult<bool> {
        let file = code.getattr("co_filename")?;
        self.files.bind(code.py()).contains(file)
    }

    fn is_holder(&self, code: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name = code.getattr("co_name")?;
        Ok(self.has_file_of(code)? && self.holders.bind(code.py()).contains(name)?)
    }

    fn has(&self, frame: &Bound<'_, PyAny>) -> PyResult<bool> {
        let code = frame.getattr("f_code")?;
        if self.has_file_of(&code)? {
            return Ok(true);
        }
        let at: usize = frame.getattr("f_lasti")?.extract()?;
        let code = code.getattr("co_code")?.cast_into::<PyBytes>()?;
        let rest = code.as_bytes().get(at..).unwrap_or_default();
        Ok(self.instructions.leave_with(rest))
    }
}

impl Instructions {
    /// Says whether code begins by leaving a `with`, after at most two other
    /// instructions: those that put aside an exception or a value to return.
    ///
    /// It is left by calling `__exit__` with an exception, or with `None` three
    /// times, each of which is loaded, or loaded once and taken twice more.
    fn leave_with(&self, code: &[u8]) -> bool {
        let mut coming = code
            .chunks_exact(2)
            .map(|instruction| (instruction[0], instruction[1]))
            .filter(|(number, _)| Some(*number) != self.cache);
        let coming: [Option<(u8, u8)>; 5] = std::array::from_fn(|_| coming.next());
        let is_three_times = |taken: &[Option<(u8, u8)>]| {
            taken[0].is_some_and(|(first, _)| first == self.load_const)
                && taken[1] == taken[2]
                && taken[1]
                    .is_some_and(|(again, _)| Some(again) == self.dup_top || taken[0] == taken[1])
        };
        let is_exception = |taken: &Option<(u8, u8)>| {
            taken.is_some_and(|(number, _)| number == self.with_except_start)
        };
        coming[..2].iter().any(is_exception) || coming.windows(3).any(is_three_times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: u8 = 0;
    const LOAD_CONST: u8 = 1;
    const DUP_TOP: u8 = 2;
    const WITH_EXCEPT_START: u8 = 3;
    const OTHER: u8 = 4;

    fn leaves(numbers: &[u8]) -> bool {
        let instructions = Instructions {
            cache: Some(CACHE),
            load_const: LOAD_CONST,
            dup_top: Some(DUP_TOP),
            with_except_start: WITH_EXCEPT_START,
        };
        let code: Vec<u8> = numbers.iter().flat_map(|number| [*number, 7]).collect();
        instructions.leave_with(&code)
    }

    #[test]
    fn withs_are_left_with_three_values_or_an_exception() {
        for code in [
            &[LOAD_CONST, LOAD_CONST, LOAD_CONST, OTHER][..],
            &[OTHER, CACHE, LOAD_CONST, CACHE, LOAD_CONST, LOAD_CONST],
            &[OTHER, OTHER, LOAD_CONST, DUP_TOP, DUP_TOP],
            &[OTHER, WITH_EXCEPT_START],
            &[WITH_EXCEPT_START, OTHER],
        ] {
            assert!(leaves(code), "{code:?}");
        }
    }

    #[test]
    fn other_code_leaves_no_with() {
        for code in [
            &[][..],
            &[OTHER],
            &[LOAD_CONST, LOAD_CONST],
            &[LOAD_CONST, OTHER, OTHER],
            &[
                LOAD_CONST, DUP_TOP, OTHER, LOAD_CONST, LOAD_CONST, LOAD_CONST,
            ],
            &[OTHER, OTHER, WITH_EXCEPT_START],
        ] {
            assert!(!leaves(code), "{code:?}");
        }
    }
}
