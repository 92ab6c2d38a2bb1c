//! Functions that run on every shard: triggers in mode `async`, and what scripts run once.
//!
//! A function is cut where records leave their shard ([stage]). The shard where it was called
//! drives it ([drive]): it has all shards run the first stage, each over its own records, brings
//! the parts together, deals them out where the next stage wants them by key, and so on
//! (cluster spec, sections 2 and 7). What others run for it, they do in [serve].

mod drive;
mod part;
mod program;
mod serve;
mod stage;
mod start;

pub(crate) use serve::serve;
pub(crate) use start::{call, run};
