//! Threads that Python code starts.

use std::sync::{Mutex, PoisonError};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::cpython::runtime::runtime;
use crate::thread::thread_count::Counted;
use crate::watchdog::{self, Birth};

/// Puts the engine's functions in the place of those that start threads.
///
/// # Errors
///
/// Python's own, when it lacks what it always had.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    runtime(py)?
        .call_method1("replace_thread_starters", (py.get_type::<Starter>(),))
        .map(drop)
}

/// Stands in the place of a function of `_thread` that starts threads.
#[pyclass(frozen, module = "_thread")]
struct Starter {
    original: Py<PyAny>,
}

#[pymethods]
impl Starter {
    #[new]
    fn new(original: Py<PyAny>) -> Self {
        Self { original }
    }

    #[pyo3(signature = (*arguments, **options))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        const FUNCTION: &str = "function";
        let original = self.original.bind(py);
        let first = arguments.get_item(0).ok();
        let named = match options {
            Some(options) => options.get_item(FUNCTION)?,
            None => None,
        };
        let is_first = first.is_some();
        let Some(function) = first.or(named).filter(|function| function.is_callable()) else {
            // Says what is wrong.
            return original.call(arguments, options);
        };
        let counted = Counted::try_new(py)?;
        let newborn = Bound::new(
            py,
            Newborn {
                function: function.unbind(),
                expected: Mutex::new(Some((counted, watchdog::expect_birth()))),
            },
        )?;
        let before = Threads::now(py);
        let started = if is_first {
            let mut words: Vec<_> = arguments.iter().collect();
            words[0] = newborn.clone().into_any();
            original.call(PyTuple::new(py, words)?, options)
        } else {
            let options = options.map(|options| options.copy()).transpose()?;
            if let Some(options) = &options {
                options.set_item(FUNCTION, &newborn)?;
            }
            original.call(arguments, options.as_ref())
        };
        if started.is_err() {
            drop(newborn.get().take_expected());
            before.forget_one_more(py);
        }
        started
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.original.bind(py).repr()?.to_string())
    }

    fn __getattr__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.original.bind(py).getattr(name)
    }
}

/// What a new thread runs first.
#[pyclass(frozen, module = "_thread")]
struct Newborn {
    function: Py<PyAny>,
    /// Until the thread runs, or cannot be started.
    expected: Mutex<Option<(Counted, Option<Birth>)>>,
}

impl Newborn {
    fn take_expected(&self) -> Option<(Counted, Option<Birth>)> {
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

#[pymethods]
impl Newborn {
    #[pyo3(signature = (*arguments, **options))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (_counted, birth) = self.take_expected().unzip();
        // Python knows the thread by its own id from here on.
        drop(birth);
        self.function.bind(py).call(arguments, options)
    }

    /// What Python prints where the function raises.
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.function.bind(py).repr()?.to_string())
    }
}

/// Which threads Python knows of.
struct Threads {
    latest: *mut ffi::PyThreadState,
}

impl Threads {
    fn now(_: Python<'_>) -> Self {
        // SAFETY: the thread is attached, so there is an interpreter.
        let latest = unsafe { ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get()) };
        Self { latest }
    }

    /// Has Python forget the one thread that it knows more of.
    ///
    /// Where the system gives no thread, CPython 3.11 and older keep the state
    /// that they had made for it, under the id of the thread that asked for it:
    /// exceptions for that one would go to the other from then on.
    fn forget_one_more(&self, py: Python<'_>) {
        if py.version_info() >= (3, 12) {
            return;
        }
        // SAFETY: the thread is attached, and was since `now`, so that no thread
        // that was known then has gone. The state in front of those is the one
        // of the thread that was not started if it is the only one: CPython has
        // cleared it, no thread has it, and nobody else knows of it.
        unsafe {
            let more = ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get());
            if more != self.latest && ffi::PyThreadState_Next(more) == self.latest {
                ffi::PyThreadState_Delete(more);
            }
        }
    }
}
