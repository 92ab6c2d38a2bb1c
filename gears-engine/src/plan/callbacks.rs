//! What the steps of a plan call, as Python has it.

use std::sync::OnceLock;

use gears_model::plan::{Callback, CallbackId};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::typed::Typed;

/// A script's own functions and values, at the places by which plans name them.
#[derive(Default)]
pub(crate) struct Callbacks {
    all: Vec<Py<PyAny>>,
    /// In the same order those that say by which types they convert, once one was called.
    typed: OnceLock<Vec<Option<Typed>>>,
}

impl Callbacks {
    /// Takes these in their order.
    pub(crate) fn new(callbacks: Vec<Py<PyAny>>) -> Self {
        Self {
            all: callbacks,
            typed: OnceLock::new(),
        }
    }

    /// Adds one and returns its place.
    pub(crate) fn add(&mut self, callback: Py<PyAny>) -> CallbackId {
        self.all.push(callback);
        self.typed.take();
        CallbackId(self.all.len() as u64 - 1)
    }

    /// Adds a function, to be called for records.
    pub(crate) fn script(&mut self, function: Py<PyAny>) -> Callback {
        Callback::Script(self.add(function))
    }

    /// Adds those of another list and returns how many were there before.
    pub(crate) fn append(&mut self, py: Python<'_>, others: &Self) -> usize {
        let before = self.all.len();
        self.all.extend(others.share(py).all);
        before
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Says whether there is one at this place.
    pub(crate) fn has(&self, id: CallbackId) -> bool {
        id.0 < self.all.len() as u64
    }

    /// Returns the one at a place that this list has.
    pub(crate) fn at<'py>(&self, py: Python<'py>, id: CallbackId) -> &Bound<'py, PyAny> {
        self.all[usize::try_from(id.0).unwrap_or(usize::MAX)].bind(py)
    }

    /// Returns what the one at a place says of its types, if it says anything.
    pub(super) fn typed(&self, py: Python<'_>, id: CallbackId) -> Option<&Typed> {
        // Not within the lock, as looking may give Python to another thread.
        let all = self.typed.get().unwrap_or_else(|| {
            let all = self.iter(py).map(Typed::of).collect();
            self.typed.get_or_init(|| all)
        });
        all.get(usize::try_from(id.0).ok()?)?.as_ref()
    }

    /// Returns all in their order.
    pub(crate) fn iter<'a, 'py: 'a>(
        &'a self,
        py: Python<'py>,
    ) -> impl ExactSizeIterator<Item = &'a Bound<'py, PyAny>> {
        self.all.iter().map(move |callback| callback.bind(py))
    }

    /// Makes further handles to the same objects.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        Self::new(
            self.all
                .iter()
                .map(|callback| callback.clone_ref(py))
                .collect(),
        )
    }

    /// Shows the collector of garbage all of them.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.all
            .iter()
            .try_for_each(|callback| visit.call(callback))
    }
}
