//! Rows of `guide/pages/redgrease-map.md` that are about small things: what no test of more had run.

mod actions;
mod advanced;
mod client;
mod commands;
mod data;
mod decorator;
mod execution;
mod runtime;
mod types;
mod utilities;
