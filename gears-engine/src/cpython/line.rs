//! The lines that threads run, for who ends code at them.
//!
//! An exception that is raised in another thread comes up wherever Python looks for it next, which may be behind
//! whatever was found of the thread meanwhile. So from 3.12 on all threads are asked to look at each of
//! their lines whether their code has to end. Before that a thread can only ask itself, once an exception
//! has come up there.

#[cfg(not(Py_3_12))]
pub(crate) use tracing::{ask, begin_here, end_here, prepare};

#[cfg(Py_3_12)]
pub(crate) use monitoring::{ask, begin_here, end_here, prepare};

use pyo3::prelude::*;

/// Whether other threads can be asked to look.
pub(crate) const IS_ASKED_FOR: bool = cfg!(Py_3_12);

/// Called at each line with the frame that is about to run it; what it returns is raised there.
type AtLine = for<'py> fn(&Bound<'py, PyAny>) -> PyResult<()>;

#[cfg(not(Py_3_12))]
mod tracing {
    use std::os::raw::c_int;
    use std::ptr;
    use std::sync::OnceLock;

    use gears_server::boundary;
    use pyo3::ffi;
    use pyo3::prelude::*;

    use super::AtLine;

    static AT_LINE: OnceLock<AtLine> = OnceLock::new();

    /// Has `at_line` called at lines of threads that begin to look.
    pub(crate) fn prepare(_: Python<'_>, at_line: AtLine) -> PyResult<()> {
        AT_LINE.get_or_init(|| at_line);
        Ok(())
    }

    /// Does nothing: no other thread can be asked.
    pub(crate) fn ask(_: Python<'_>, _: bool) {}

    /// Begins to look at the lines of this thread.
    pub(crate) fn begin_here(_: Python<'_>) {
        // SAFETY: this thread is attached to Python; the function lives as long as
        // the module, and `end_here` takes it back.
        unsafe { ffi::PyEval_SetTrace(Some(trace), ptr::null_mut()) };
    }

    /// Looks no more at the lines of this thread.
    pub(crate) fn end_here(_: Python<'_>) {
        // SAFETY: this thread is attached to Python; the call takes back what
        // `begin_here` did to it.
        unsafe { ffi::PyEval_SetTrace(None, ptr::null_mut()) };
    }

    extern "C" fn trace(
        _: *mut ffi::PyObject,
        frame: *mut ffi::PyFrameObject,
        event: c_int,
        _: *mut ffi::PyObject,
    ) -> c_int {
        if event != ffi::PyTrace_LINE {
            return 0;
        }
        // SAFETY: CPython calls trace functions with the GIL held, and with a frame
        // that lives meanwhile.
        let (py, frame) = unsafe {
            let py = Python::assume_attached();
            (py, Bound::from_borrowed_ptr(py, frame.cast()))
        };
        let raised = boundary::shield(|| AT_LINE.get().and_then(|at_line| at_line(&frame).err()));
        match raised {
            Ok(Some(exception)) => {
                exception.restore(py);
                -1
            }
            _ => 0,
        }
    }
}

#[cfg(Py_3_12)]
mod monitoring {
    use std::cell::Cell;
    use std::os::raw::c_int;
    use std::ptr;
    use std::sync::atomic::{AtomicBool, Ordering};

    use gears_server::{LogLevel, boundary, log};
    use pyo3::ffi;
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;
    use pyo3::types::PyTuple;

    use super::AtLine;

    /// The number of a tool that Python has no use for itself.
    const NUMBER: u8 = 4;

    /// Whether threads look.
    static ASKED: AtomicBool = AtomicBool::new(false);

    static TOOL: PyOnceLock<Tool> = PyOnceLock::new();

    thread_local! {
        /// Whether an exception is on its way to this thread from itself.
        static RAISED: Cell<bool> = const { Cell::new(false) };
    }

    /// What Python calls a tool, which is told of events of all threads.
    struct Tool {
        /// Sets of which events it is told.
        set_events: Py<PyAny>,
        /// Lines, and jumps to anywhere else.
        events: u32,
    }

    /// Has `at_line` called at the lines of all threads while they are asked to look.
    ///
    /// # Errors
    ///
    /// Python's own, when it lacks what it always had.
    pub(crate) fn prepare(py: Python<'_>, at_line: AtLine) -> PyResult<()> {
        TOOL.get_or_try_init(py, || {
            let monitoring = py.import("sys")?.getattr("monitoring")?;
            monitoring.call_method1("use_tool_id", (NUMBER, "gears"))?;
            let register = |name: &str, look: Bound<'_, PyAny>| -> PyResult<u32> {
                let event = monitoring.getattr("events")?.getattr(name)?.extract()?;
                monitoring.call_method1("register_callback", (NUMBER, event, look))?;
                Ok(event)
            };
            let line = register("LINE", Bound::new(py, Line(at_line))?.into_any())?;
            let jump = register("JUMP", Bound::new(py, Jump(at_line))?.into_any())?;
            Ok::<_, PyErr>(Tool {
                set_events: monitoring.getattr("set_events")?.unbind(),
                events: line | jump,
            })
        })
        .map(drop)
    }

    /// Asks all threads to look, or asks them no more.
    pub(crate) fn ask(py: Python<'_>, wanted: bool) {
        let Some(tool) = TOOL.get(py) else { return };
        if ASKED.swap(wanted, Ordering::Relaxed) == wanted {
            return;
        }
        let events = if wanted { tool.events } else { 0 };
        if let Err(error) = tool.set_events.call1(py, (NUMBER, events)) {
            let kind = error.get_type(py);
            log(
                LogLevel::Warning,
                &format!("threads cannot be asked to look whether their code has to end: {kind}"),
            );
        }
    }

    /// Does nothing: all threads are asked.
    pub(crate) fn begin_here(_: Python<'_>) {}

    /// Does nothing: all threads are asked no more when none of them has to end.
    pub(crate) fn end_here(_: Python<'_>) {}

    /// Calls a function for the line that this thread is about to run.
    fn look(py: Python<'_>, at_line: AtLine) -> PyResult<()> {
        // SAFETY: this thread is attached to Python; the frame that runs lives meanwhile.
        let frame = unsafe {
            Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast::<ffi::PyObject>())
        };
        frame.map_or(Ok(()), |frame| {
            boundary::shield(|| at_line(&frame)).unwrap_or(Ok(()))
        })
    }

    /// Raises this exception in this thread where Python looks for it next, or no more.
    fn raise_soon(kind: *mut ffi::PyObject) {
        // SAFETY: the thread is this one, which is attached; the class of the exception lives.
        unsafe { ffi::PyThreadState_SetAsyncExc(ffi::PyThread_get_thread_ident() as _, kind) };
        RAISED.set(!kind.is_null());
    }

    /// Called before each line.
    #[pyclass(frozen, module = "gears")]
    struct Line(AtLine);

    #[pymethods]
    impl Line {
        #[pyo3(signature = (*arguments))]
        fn __call__(&self, arguments: &Bound<'_, PyTuple>) -> PyResult<()> {
            if RAISED.get() {
                // It may come up here, and nowhere else.
                raise_soon(ptr::null_mut());
            }
            look(arguments.py(), self.0)
        }
    }

    /// Called where code goes elsewhere. There are no other events of loops within a line, and nothing can be
    /// raised by this one: CPython up to 3.13 finds no handler for it. So it is raised in the loop, which
    /// within a line enters and leaves no `with`.
    #[pyclass(frozen, module = "gears")]
    struct Jump(AtLine);

    #[pymethods]
    impl Jump {
        fn __call__(&self, code: &Bound<'_, PyAny>, from: c_int, to: c_int) {
            let line_of = |at| {
                // SAFETY: the object is the code that runs.
                unsafe { ffi::PyCode_Addr2Line(code.as_ptr().cast(), at) }
            };
            if to > from || line_of(to) != line_of(from) {
                return;
            }
            if let Err(exception) = look(code.py(), self.0) {
                raise_soon(exception.get_type(code.py()).as_ptr());
            }
        }
    }
}
