//! What a builder has described so far.

use gears_model::plan::Plan;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::plan::{Callbacks, Function};
use crate::reader::ReaderKind;

/// A reader and the steps after it.
pub(super) struct Described {
    pub(super) reader: ReaderKind,
    pub(super) default_argument: Py<PyAny>,
    pub(super) description: Option<String>,
    pub(super) plan: Plan,
    pub(super) callbacks: Callbacks,
}

impl Described {
    /// Copies the steps as they are now, with what they call.
    pub(super) fn function(&self, py: Python<'_>) -> Function {
        Function::described(self.plan.clone(), self.callbacks.share(py))
    }
}

/// Says whether a value is a function of Python's.
pub(super) fn is_function(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the pointer is a live object, whose type is compared.
    unsafe { ffi::PyFunction_Check(value.as_ptr()) != 0 }
}
