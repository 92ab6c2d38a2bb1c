//! A plan that can run.

use std::sync::{Arc, OnceLock};

use gears_model::plan::{Plan, is_within};
use gears_model::wire::Damaged;

use pyo3::Python;

use super::Callbacks;
use super::reads::Reads;
use super::stage::{Edge, Stage, stages};

/// A plan with what its steps call.
#[derive(Default)]
pub(crate) struct Function {
    plan: Plan,
    callbacks: Arc<Callbacks>,
    /// It in stages, once that was asked for.
    stages: OnceLock<Vec<Stage>>,
    /// What it reads of its records, once that was asked for.
    reads: OnceLock<Reads>,
}

impl Function {
    /// Makes a function of what a script described: each place that the plan names is one
    /// that this list gave.
    pub(crate) fn described(plan: Plan, callbacks: Callbacks) -> Self {
        Self {
            plan,
            callbacks: Arc::new(callbacks),
            stages: OnceLock::new(),
            reads: OnceLock::new(),
        }
    }

    /// Makes a function of what was stored.
    ///
    /// # Errors
    ///
    /// When the plan names a place that the list does not have.
    pub(crate) fn stored(plan: Plan, callbacks: &Arc<Callbacks>) -> Result<Self, Damaged> {
        if is_within(&plan, callbacks.len()) {
            Ok(Self {
                plan,
                callbacks: Arc::clone(callbacks),
                stages: OnceLock::new(),
                reads: OnceLock::new(),
            })
        } else {
            Err(Damaged::new("a callback is missing"))
        }
    }

    /// Makes a function of other steps with the same callbacks.
    pub(crate) fn with_plan(&self, plan: Plan) -> Self {
        Self {
            plan,
            callbacks: Arc::clone(&self.callbacks),
            stages: OnceLock::new(),
            reads: OnceLock::new(),
        }
    }

    /// Returns the steps in order.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns its stages, of which there is at least one.
    pub(crate) fn stages(&self) -> &[Stage] {
        self.stages.get_or_init(|| stages(self))
    }

    /// Says what it reads of records that hold the value of a key.
    pub(crate) fn reads(&self, py: Python<'_>) -> Reads {
        // Not within the lock, as finding out may give Python to another thread.
        self.reads.get().copied().unwrap_or_else(|| {
            let reads = Reads::of(py, self);
            *self.reads.get_or_init(|| reads)
        })
    }

    /// Says how it is cut into stages: functions for which that is the same understand each other.
    pub(crate) fn cut(&self) -> Vec<u8> {
        let edges = self.stages().iter().map(|stage| match stage.edge {
            Edge::End => b'e',
            Edge::ToDriver => b'd',
            Edge::ByKey(_) => b'k',
        });
        edges.collect()
    }

    /// Returns what the steps call.
    pub(crate) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }
}
