//! The Python that runs: the engine's own code in it, and what is to know of it.

pub(crate) mod descriptor;
pub(crate) mod environment;
pub(crate) mod frames;
mod instruction;
pub(crate) mod line;
pub(crate) mod neighbours;
pub(crate) mod process;
pub(crate) mod runtime;
pub(crate) mod spared;
pub(crate) mod stack;
pub(crate) mod stand_in;
