//! Gear functions that are built in Rust.

mod capture;
mod event;
mod failure;
mod given;
mod nothing;
mod operation;
mod place;
mod reader;
pub(crate) mod stage;
mod value;
