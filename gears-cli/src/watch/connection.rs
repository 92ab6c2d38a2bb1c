//! Connections for plain commands: those of the index, and those that tell whether a server is there.

use std::time::Duration;

use gears_runtime::Gears;
use redis::{Connection, RedisResult};

use crate::wire;

/// How long a plain command may take, such as while the server is busy with a gear.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a connection for plain commands.
pub(super) fn open(gears: &Gears) -> RedisResult<Connection> {
    wire::connect(gears, TIMEOUT)
}
