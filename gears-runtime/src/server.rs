//! What is at the other end: its kind, its version, what it lacks and how it refuses.

pub(crate) mod dialect;
pub(crate) mod feature;
pub(crate) mod known;
pub(crate) mod refusal;
pub(crate) mod value;
pub(crate) mod version;
