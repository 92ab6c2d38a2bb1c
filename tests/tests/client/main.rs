//! `#[gear_command]` and gears-runtime, end to end.

mod asynchronous;
mod commands;
mod concurrency;
mod configuration;
mod connection;
mod execution;
mod json;
mod misfit;
mod optional;
mod python_error;
mod registration;
mod requirement;
mod round_trip;
mod script;
mod size;
mod tls;
