//! Functions in Lua, which functions in Python are compared with.

use std::error::Error;

use gears_runtime::redis;

/// Loads a library of functions in Lua.
///
/// # Errors
///
/// The server has no functions of its own, or refuses these.
pub fn load(connection: &mut redis::Connection, library: &str) -> Result<(), Box<dyn Error>> {
    redis::cmd("FUNCTION")
        .arg(&["LOAD", library])
        .exec(connection)
        .map_err(|error| format!("functions in Lua need Redis 7.0 or Valkey: {error}").into())
}
