//! How values travel: arguments on the way out, results on the way back.

pub(crate) mod argument;
pub(crate) mod call;
pub(crate) mod decoder;
pub(crate) mod mismatch;
pub(crate) mod outcome;
pub(crate) mod packed;
pub(crate) mod pickled;
pub(crate) mod reply;
pub(crate) mod returns;
pub(crate) mod words;

pub use self::outcome::PerShard;
