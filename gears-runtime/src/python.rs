//! Python as text: what is written for a server, and what of it comes back.

pub(crate) mod commands;
pub(crate) mod literal;
pub(crate) mod name;
pub(crate) mod pickle;
pub(crate) mod sent;
pub(crate) mod spot;
pub(crate) mod traceback;
pub(crate) mod value;
