//! What we call ourselves.

/// Our own version, in INFO and for clients that ask.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of RedisGears' Python plugin, which is part of this engine.
pub(crate) const PLUGIN_VERSION: i64 = 10_000;
