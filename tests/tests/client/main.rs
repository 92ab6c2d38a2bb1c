//! `#[gear_command]` and gears-runtime, end to end.

mod asynchronous;
mod concurrency;
mod connection;
mod function;
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
