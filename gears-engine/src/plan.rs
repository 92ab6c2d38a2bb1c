//! Running a function over records: a plan, which is data, with what its steps call.

mod call;
mod callbacks;
mod description;
mod fold;
mod function;
mod line;
pub(crate) mod outcome;
mod passed;
pub(crate) mod pipeline;
mod reads;
mod stage;
mod state;
mod typed;
mod work;

pub(crate) use callbacks::Callbacks;
pub(crate) use description::{Part, to_python};
pub(crate) use function::Function;
pub(crate) use outcome::Outcome;
pub(crate) use pipeline::Pipeline;
pub(crate) use reads::{Members, Reads};
pub(crate) use stage::Edge;
