//! What examples in the documentation begin with, in one hidden line.

use super::Server;
use crate::{connect::Gears, error::Result};

/// Starts a server and connects to it; it ends with the example.
///
/// # Errors
///
/// As [`Server::start`] and [`Gears::connect`].
#[doc(hidden)]
pub fn example() -> Result<(Server, Gears)> {
    let server = Server::start()?;
    let gears = Gears::connect(server.url())?;
    Ok((server, gears))
}
