//! Runs over all shards of a cluster.
//!
//! A function is cut into stages where its records leave their shard
//! ([`crate::plan::Stage`]). What a shard does for a run is a [leg]: each of its stages is a
//! call of its own ([`stage`]), which takes what [arrivals] bring and gives to [departures].
//! The shard where the run was asked for [drives](drive) it: it has all others get ready, then
//! begins, and hears from each when it has done its part. Others [serve] it. Records go from
//! shard to shard as they come (cluster spec, sections 2 and 7).

mod arrivals;
mod departures;
mod drive;
mod fate;
mod gathering;
mod leg;
mod legs;
mod map;
mod prepared;
mod program;
mod records;
mod report;
mod serve;
mod show;
mod stage;
mod tick;
mod told;

pub(crate) use drive::run;
pub(crate) use legs::count;
pub(crate) use serve::runs;
pub(crate) use show::{reply_all, show_all};
pub(crate) use told::abort_driver;
