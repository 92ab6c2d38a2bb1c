//! What the steps of a plan call, as Python has it.

use gears_model::plan::{Callback, CallbackId};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// A script's own functions and values, at the places by which plans name them.
#[derive(Default)]
pub(crate) struct Callbacks(Vec<Py<PyAny>>);

impl Callbacks {
    /// Takes these in their order.
    pub(crate) fn new(callbacks: Vec<Py<PyAny>>) -> Self {
        Self(callbacks)
    }

    /// Adds one and returns its place.
    pub(crate) fn add(&mut self, callback: Py<PyAny>) -> CallbackId {
        self.0.push(callback);
        CallbackId(self.0.len() as u64 - 1)
    }

    /// Adds a function, to be called for records.
    pub(crate) fn script(&mut self, function: Py<PyAny>) -> Callback {
        Callback::Script(self.add(function))
    }

    /// Adds those of another list and returns how many were there before.
    pub(crate) fn append(&mut self, py: Python<'_>, others: &Self) -> usize {
        let before = self.0.len();
        self.0.extend(others.share(py).0);
        before
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is one at this place.
    pub(crate) fn has(&self, id: CallbackId) -> bool {
        id.0 < self.0.len() as u64
    }

    /// Returns the one at a place that this list has.
    pub(crate) fn at<'py>(&self, py: Python<'py>, id: CallbackId) -> &Bound<'py, PyAny> {
        self.0[usize::try_from(id.0).unwrap_or(usize::MAX)].bind(py)
    }

    /// Returns all in their order.
    pub(crate) fn iter<'a, 'py: 'a>(
        &'a self,
        py: Python<'py>,
    ) -> impl ExactSizeIterator<Item = &'a Bound<'py, PyAny>> {
        self.0.iter().map(move |callback| callback.bind(py))
    }

    /// Makes further handles to the same objects.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        Self(
            self.0
                .iter()
                .map(|callback| callback.clone_ref(py))
                .collect(),
        )
    }

    /// Shows the collector of garbage all of them.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.iter().try_for_each(|callback| visit.call(callback))
    }
}
