//! A plan that can run.

use std::sync::{Arc, OnceLock};

use gears_model::plan::{Plan, is_within};
use gears_model::wire::Damaged;

use super::Callbacks;
use super::stage::{Edge, Stage, stages};

/// A plan with what its steps call.
#[derive(Default)]
pub(crate) struct Function {
    plan: Plan,
    callbacks: Arc<Callbacks>,
    /// It in stages, once that was asked for.
    stages: OnceLock<Vec<Stage>>,
}

impl Function {
    /// Makes a function of what a script described: each place that the plan names is one
    /// that this list gave.
    pub(crate) fn described(plan: Plan, callbacks: Callbacks) -> Self {
        Self {
            plan,
            callbacks: Arc::new(callbacks),
            stages: OnceLock::new(),
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
