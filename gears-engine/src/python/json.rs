//! JSON without Python in between, for what nearly always comes.
//!
//! Both ways give nothing where they do not know for sure what Python's own `json` would do: then that is to be asked,
//! whose errors are the ones that people know.

mod read;
mod recurring_key;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
