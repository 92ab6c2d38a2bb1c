//! Arguments for which Python's own rules are wider than those of typed ones.

use std::convert::Infallible;

use pyo3::prelude::*;

/// An argument for which `None` is a value, and mostly a wrong one.
pub(super) struct Passed<'py>(Option<Bound<'py, PyAny>>);

impl<'py> Passed<'py> {
    /// The argument was left out.
    pub(super) const ABSENT: Self = Self(None);

    /// Returns what was passed.
    pub(super) fn value(self) -> Option<Bound<'py, PyAny>> {
        self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Passed<'py> {
    type Error = Infallible;

    fn extract(argument: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(argument.to_owned())))
    }
}

/// An argument that counts by its truth, as in Python's `if`.
#[derive(Clone, Copy)]
pub(super) struct Truth(bool);

impl Truth {
    pub(super) const YES: Self = Self(true);

    pub(super) fn holds(self) -> bool {
        self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Truth {
    type Error = PyErr;

    fn extract(argument: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        argument.is_truthy().map(Self)
    }
}
