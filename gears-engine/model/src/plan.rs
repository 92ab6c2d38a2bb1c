//! A function as a list of steps.

mod callback;
mod codec;
mod fold;
mod step;

pub use callback::{Callback, CallbackId, Native};
pub use codec::{decode, encode};
pub use fold::{Fold, KeyedFold};
pub use step::Step;

/// The steps of one function in order.
pub type Plan = Vec<Step>;

/// Returns the plan as it is when its list of callbacks comes behind `others` in another.
#[must_use]
pub fn moved(plan: &[Step], others: usize) -> Plan {
    let mut moved = plan.to_vec();
    for step in &mut moved {
        step.visit(&mut |id| *id = id.behind(others));
    }
    moved
}

/// Says whether all callbacks that a plan names are among the first `count`.
#[must_use]
pub fn is_within(plan: &[Step], count: usize) -> bool {
    let mut within = true;
    for step in plan {
        step.clone().visit(&mut |id| within &= id.0 < count as u64);
    }
    within
}
