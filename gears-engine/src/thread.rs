//! Whose thread runs, and who runs what waits.

pub(crate) mod block;
pub(crate) mod lane;
pub(crate) mod prober;
pub(crate) mod thread_count;
pub(crate) mod turn;
pub(crate) mod worker;
