//! `#[gear_command]` and gears-runtime, end to end.

mod asynchronous;
mod concurrency;
mod connection;
mod event_gears;
mod execution;
mod hook_gears;
mod json;
mod misfit;
mod optional;
mod options;
mod pipe;
mod python_error;
mod registration;
mod requirement;
mod round_trip;
mod script;
mod size;
mod tls;
