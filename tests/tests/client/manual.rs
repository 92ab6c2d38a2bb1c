//! What the manual of RedGrease shows, in Rust: each listing, and what came of it there.

mod basics;
mod cache;
mod callback;
mod comparison;
mod execution;
mod keyword;
