//! Server-side Python functions for Redis and Valkey, called from Rust like local functions.

pub use gears_macros::gear_command;
pub use redis;

#[cfg(feature = "aio")]
mod aio;
mod argument;
mod bound;
mod call;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod fingerprint;
mod gear;
mod gears;
mod held;
mod literal;
mod outcome;
mod plan;
mod pool;
mod private;
mod register;
pub mod registry;
mod reply;
mod report;
mod returns;
#[cfg(test)]
mod sample;
mod script;
mod server;
mod source;
#[cfg(feature = "tls")]
mod tls;
mod traceback;

pub use bound::bind;
pub use error::{
    DecodeError, DuplicateTrigger, Error, ErrorKind, PythonError, RequirementError, Result,
    UnsupportedError,
};
pub use gear::{Gear, Mode, Param, Replace, Returned, Shape, Wire};
pub use gears::{Gears, GearsBuilder};
pub use gears_macros::gear_command;
pub use outcome::PerShard;
pub use register::{plan_all, register_all, register_where, unregister_all};
#[cfg(feature = "aio")]
pub use register::{
    plan_all_async, register_all_async, register_where_async, unregister_all_async,
};
pub use report::{Change, Registered, Removal, Report, Unregistered};
pub use script::{Execution, Script};
pub use traceback::Frame;

include!(concat!(env!("OUT_DIR"), "/private.rs"));
