//! Ten common scripts, in Lua and as gears: the page `pages/lua.md` shows both, as they stand here.
//!
//! Each test runs a table of calls by Lua and by the gear, on one server and each from nothing, and compares replies,
//! errors and the keys that are left.

mod aggregation;
mod audit_trail;
mod both;
mod cache;
mod deduplication;
mod inventory;
mod keys;
mod leaderboard;
mod lock;
mod queue;
mod rate_limiter;
mod session;
