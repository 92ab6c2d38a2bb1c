//! `#[gear_command]` and gears-runtime, end to end.

mod asynchronous;
mod commands;
mod concurrency;
mod configuration;
mod connection;
mod event_gears;
mod event_registration;
mod execution;
mod function;
mod hook_gears;
mod json;
mod local;
mod manual;
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
mod stream_gears;
mod tls;
mod tracing;
