//! Server-side Python functions for Redis and Valkey, called from Rust like local functions.

pub use redis;

#[cfg(feature = "aio")]
mod aio;
mod argument;
mod bound;
mod call;
mod error;
mod gear;
mod gears;
mod literal;
mod outcome;
mod pool;
mod private;
pub mod registry;
mod reply;
mod returns;
mod server;
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
pub use traceback::Frame;

include!(concat!(env!("OUT_DIR"), "/private.rs"));
