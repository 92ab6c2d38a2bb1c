//! Gear functions that are built in Rust.

mod operation;
