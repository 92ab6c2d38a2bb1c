//! What a builder has described so far.

use std::sync::Arc;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::plan::Plan;
use crate::reader::ReaderKind;

/// A reader and the steps after it.
pub(super) struct Described {
    pub(super) reader: ReaderKind,
    pub(super) default_argument: Py<PyAny>,
    pub(super) description: Option<String>,
    pub(super) steps: Plan,
}

impl Described {
    /// Copies the steps as they are now.
    pub(super) fn plan(&self, py: Python<'_>) -> Arc<Plan> {
        Arc::new(self.steps.iter().map(|step| step.share(py)).collect())
    }
}

/// Says whether a value is a function of Python's.
pub(super) fn is_function(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the pointer is a live object, whose type is compared.
    unsafe { ffi::PyFunction_Check(value.as_ptr()) != 0 }
}
