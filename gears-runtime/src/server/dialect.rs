//! The kind of a server, as far as the wire depends on it.

use std::fmt;

use crate::error::Error;

/// What to do about a server without a module.
pub(crate) const LOAD_MODULE: &str = "build the module with `cargo build --release -p \
     gears-engine` and start the server with `--loadmodule target/release/libgears_engine.so`";

/// What to do about a user who may not ask what the server is.
pub(super) const ALLOW_QUESTION: &str =
    "allow the user the command with `ACL SETUSER … +rg.configget`";

/// The kind of server, as far as the wire depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// gears-engine: binary safe, brings `cmd`, replaces sessions.
    Engine,
    /// Genuine RedisGears, 1.0 to 1.2.
    RedisGears,
    /// A server without either.
    Plain,
    /// The user may not ask.
    Unknown,
}

impl Dialect {
    /// Tells whether arguments arrive whole, whatever they hold.
    pub(crate) fn is_binary_safe(self) -> bool {
        // A plain server refuses the command whatever it holds.
        matches!(self, Self::Engine | Self::Plain)
    }

    pub(crate) fn unknown_bytes(self) -> Error {
        Error::lacks(
            "sending bytes, whose form depends on the server,",
            self.to_string(),
            ALLOW_QUESTION,
        )
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "gears-engine",
            Self::RedisGears => "RedisGears",
            Self::Plain => "a server without the module `gears-engine` or RedisGears",
            Self::Unknown => "a server that may not tell this user what it is",
        })
    }
}
