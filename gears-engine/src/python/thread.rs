//! Threads that Python code starts.

use std::os::raw::c_ulong;
use std::sync::{Mutex, OnceLock};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::cpython::runtime::runtime;
use crate::cpython::stand_in::StandIn;
use crate::ground::poison::unpoisoned;
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
#[pyclass(frozen, extends = StandIn, module = "_thread")]
struct Starter;

#[pymethods]
impl Starter {
    #[new]
    fn new(original: Py<PyAny>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(StandIn::new(original)).add_subclass(Self)
    }

    #[pyo3(signature = (*arguments, **options))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        const FUNCTION: &str = "function";
        let py = slf.py();
        let original = slf.as_super().get().original(py);
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
        unpoisoned(self.expected.lock()).take()
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
        Self { latest: head() }
    }

    /// Has Python forget the one thread that it knows more of by this one's id.
    ///
    /// Where the system gives no thread, CPython 3.11 and older keep the state
    /// that they had made for it, under the id of the thread that asked for it:
    /// exceptions for that one would go to the other from then on.
    fn forget_one_more(&self, py: Python<'_>) {
        if py.version_info() >= (3, 12) {
            return;
        }
        let Some(id) = IdInState::find() else { return };
        let mut state = head();
        let mut left = None;
        while state != self.latest {
            if state.is_null() {
                // What was there before has gone, and nobody knows which are newer.
                return;
            }
            // SAFETY: states go only with the GIL held, which this thread has, so this one is
            // there. Threads that attach for the first time come in front of it without.
            unsafe {
                if id.is_of_this_thread(state) {
                    left = Some(state);
                }
                state = ffi::PyThreadState_Next(state);
            }
        }
        if let Some(left) = left {
            // SAFETY: it is newer than what was known before this thread asked for another, so it
            // is the one of the thread that was not started: CPython has cleared it, no thread has
            // it, and nobody else knows of it.
            unsafe { ffi::PyThreadState_Delete(left) };
        }
    }
}

fn head() -> *mut ffi::PyThreadState {
    // SAFETY: the thread is attached, so there is an interpreter.
    unsafe { ffi::PyInterpreterState_ThreadHead(ffi::PyInterpreterState_Get()) }
}

/// Where the state of a thread has the thread's id, in words from its beginning: CPython has no
/// function that tells it.
#[derive(Clone, Copy)]
struct IdInState(usize);

impl IdInState {
    /// Every state has so many words; the id is among them.
    const WORDS: usize = 32;

    /// Looks for it in this thread's own state.
    fn find() -> Option<Self> {
        static PLACE: OnceLock<Option<IdInState>> = OnceLock::new();
        *PLACE.get_or_init(|| {
            // SAFETY: the thread is attached, so it has a state.
            let own = unsafe { ffi::PyThreadState_Get() };
            // SAFETY: the state is live.
            let is_here = |place: &usize| unsafe { Self(*place).is_of_this_thread(own) };
            let mut places = (0..Self::WORDS).filter(is_here);
            // An address; nothing else has it, or this would be of no use.
            places
                .next()
                .filter(|_| places.next().is_none())
                .map(IdInState)
        })
    }

    /// Says whether a state is of this thread.
    ///
    /// # Safety
    ///
    /// The state is live.
    unsafe fn is_of_this_thread(self, state: *mut ffi::PyThreadState) -> bool {
        // SAFETY: the state is live, and has more words than that.
        let id = unsafe { state.cast::<c_ulong>().add(self.0).read() };
        // SAFETY: asks only what this thread is.
        id == unsafe { ffi::PyThread_get_thread_ident() } as c_ulong
    }
}
