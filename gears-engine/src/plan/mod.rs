//! A function as a list of steps, and running it over records.

mod callback;
mod description;
mod fold;
mod line;
mod outcome;
mod passed;
mod pipeline;
mod state;
mod step;
mod work;

pub(crate) use callback::{Callback, Native};
pub(crate) use description::to_python;
pub(crate) use fold::{Fold, KeyedFold};
pub(crate) use outcome::Outcome;
pub(crate) use pipeline::Pipeline;
pub(crate) use step::Step;

/// The steps of one function in order.
pub(crate) type Plan = Vec<Step>;
