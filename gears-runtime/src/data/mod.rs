//! What the `RG.*` commands answer, as types.
//!
//! The fields follow RedisGears 1.2 (the names on the wire are in `docs/redgrease-map.md`). What
//! an older server does not tell is `None`; what a newer one tells beyond is in `extra()`; a
//! word that is not known yet is `Other`. So nothing is lost, and no listing fails because a
//! server is of another version.

mod execution;
pub(crate) mod read;
mod result;

pub use execution::{
    ExecutionId, ExecutionInfo, ExecutionPlan, ExecutionStatus, ExecutionStep, Locality, ShardPlan,
};
pub(crate) use read::{Misfit, Read, Unread};
pub use result::{Executed, ExecutionError, ExecutionResult};
