//! A function as a list of steps, and running it over records.

pub(crate) mod callback;
pub(crate) mod description;
pub(crate) mod fold;
mod line;
pub(crate) mod outcome;
mod passed;
pub(crate) mod pipeline;
mod state;
pub(crate) mod step;
mod work;

pub(crate) use callback::{Callback, Native};
pub(crate) use description::to_python;
pub(crate) use fold::{Fold, KeyedFold};
pub(crate) use outcome::Outcome;
pub(crate) use pipeline::Pipeline;
pub(crate) use step::Step;

/// The steps of one function in order.
pub(crate) type Plan = Vec<Step>;
