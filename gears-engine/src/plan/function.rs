//! A plan that can run.

use std::sync::Arc;

use gears_model::plan::{Plan, is_within};
use gears_model::wire::Damaged;

use super::Callbacks;

/// A plan with what its steps call.
#[derive(Default)]
pub(crate) struct Function {
    plan: Plan,
    callbacks: Arc<Callbacks>,
}

impl Function {
    /// Makes a function of what a script described: each place that the plan names is one
    /// that this list gave.
    pub(crate) fn described(plan: Plan, callbacks: Callbacks) -> Self {
        Self {
            plan,
            callbacks: Arc::new(callbacks),
        }
    }

    /// Makes a function of what was stored.
    ///
    /// # Errors
    ///
    /// When the plan names a place that the list does not have.
    pub(crate) fn stored(plan: Plan, callbacks: &Arc<Callbacks>) -> Result<Self, Damaged> {
        if is_within(&plan, callbacks.len()) {
            let callbacks = Arc::clone(callbacks);
            Ok(Self { plan, callbacks })
        } else {
            Err(Damaged::new("a callback is missing"))
        }
    }

    /// Makes a function of other steps with the same callbacks.
    pub(crate) fn with_plan(&self, plan: Plan) -> Self {
        Self {
            plan,
            callbacks: Arc::clone(&self.callbacks),
        }
    }

    /// Returns the steps in order.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns what the steps call.
    pub(crate) fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }
}
