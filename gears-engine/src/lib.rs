//! The `RG.*` commands for Redis and Valkey, with an embedded CPython.
//!
//! # Two locks
//!
//! The server has one big lock (its main thread holds it while it works, a
//! module's thread asks for it) and CPython has another (the GIL). Every path
//! takes them in this order: **Redis lock, then GIL**. A thread that holds the
//! GIL detaches from Python before it asks for the Redis lock. [`lock`] is the
//! only file that takes the Redis lock, so the rule can be read in one place.
//!
//! Our own mutexes come last: they guard plain Rust data, are held for a few
//! instructions and never while Python runs or the server is called.
//!
//! # One boundary
//!
//! The server calls us through `extern "C"` functions. Each of them goes
//! through [`gears_server::boundary`], which turns a panic into an error reply. Text that
//! comes from scripts or clients goes through [`gears_server::text`] before it reaches a log
//! line, a status or an error reply.
//!
//! # The way of a call
//!
//! [`command`] parses what a client sent, [`registration`] finds what is meant,
//! [`plan`] runs the steps of a function over its records, [`python::convert`]
//! turns what comes out into a reply.

#![warn(clippy::expect_used, clippy::unwrap_used)]
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "a module for a server has no public items; its readers are its authors"
)]

mod cluster;
mod code;
mod command;
mod config;
mod cpython;
mod execution;
mod flow;
mod ground;
mod info;
mod life;
mod load;
mod lock;
mod occasion;
mod persist;
mod plan;
mod python;
mod reader;
mod registration;
mod requirement;
mod script;
mod scripting;
mod session;
mod share;
mod spread;
mod thread;
mod watchdog;
