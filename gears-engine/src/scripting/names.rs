//! The names that functions of the server find, besides those of gears.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::natives;
use crate::python::template;

/// What functions find, and what makes and measures them.
pub(super) struct Names {
    /// Copied for each library and for each call of a script.
    template: Py<PyDict>,
    compile_script: Py<PyAny>,
    size_of: Py<PyAny>,
    collect: Py<PyAny>,
    /// The texts that are statuses.
    status: Py<PyAny>,
}

impl Names {
    /// Returns them, made when they are first asked for.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn shared(py: Python<'_>) -> PyResult<&Self> {
        static NAMES: PyOnceLock<Names> = PyOnceLock::new();
        NAMES.get_or_try_init(py, || Self::make(py))
    }

    fn make(py: Python<'_>) -> PyResult<Self> {
        const SOURCE: &str = concat!(include_str!("server.py"), "\0");
        let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
        let module = PyModule::from_code(py, source, c"<gears engine>", c"gears_server")?;
        let natives = natives::all(py)?;
        let server = module.getattr("make")?.call((), Some(&natives))?;
        let template = template::globals(py)?;
        template.set_item("server", server)?;
        // Those that are for libraries alone are found without the object too.
        for name in ["register_function", "requirements"] {
            template.set_item(name, natives.get_item(name)?)?;
        }
        Ok(Self {
            template: template.unbind(),
            compile_script: module.getattr("compile_script")?.unbind(),
            size_of: module.getattr("size_of")?.unbind(),
            collect: module.getattr("collect")?.unbind(),
            status: module.getattr("StatusReply")?.unbind(),
        })
    }

    /// Returns fresh globals for a library.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn globals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.template.bind(py).copy()
    }

    /// Returns the globals of which each call of a script gets a copy.
    pub(super) fn dict(&self, py: Python<'_>) -> Py<PyDict> {
        self.template.clone_ref(py)
    }

    /// Compiles the source of a script to the code of a function.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn compile_script<'py>(
        &self,
        py: Python<'py>,
        source: &CStr,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.compile_script
            .bind(py)
            .call1((PyBytes::new(py, source.to_bytes()),))
    }

    /// Frees what only holds itself.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn collect(&self, py: Python<'_>) -> PyResult<()> {
        self.collect.bind(py).call0().map(drop)
    }

    /// Says how much memory a function takes, its code and constants with it.
    pub(super) fn size_of(&self, function: &Bound<'_, PyAny>) -> usize {
        let size = self.size_of.bind(function.py()).call1((function,));
        size.and_then(|size| size.extract()).unwrap_or(0)
    }

    /// Makes a status of a text.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn status<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        self.status.bind(py).call1((text,))
    }

    /// Says whether a text is a status.
    pub(super) fn is_status(&self, text: &Bound<'_, PyString>) -> bool {
        text.get_type().is(self.status.bind(text.py()))
    }

    /// Makes a function of code and globals.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(super) fn function<'py>(
        py: Python<'py>,
        code: &Bound<'py, PyAny>,
        globals: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let kind = KIND.get_or_try_init(py, || {
            let kind = py.import("types")?.getattr("FunctionType")?;
            Ok::<_, PyErr>(kind.unbind())
        })?;
        kind.bind(py).call1((code, globals))
    }
}
