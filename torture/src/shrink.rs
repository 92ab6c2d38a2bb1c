//! Makes a list of commands small that breaks a server.

use std::io::Result;
use std::time::{Duration, Instant};

use crate::server::{Plan, Server};

/// Leaves out what the fault does not need, for at most a minute and a half.
pub(crate) fn shrink(plan: &Plan, mut commands: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    let until = Instant::now() + Duration::from_secs(90);
    if !breaks(plan, &commands)? {
        eprintln!("the same commands on one connection do no harm: all of them are kept");
        return Ok(commands);
    }
    let mut size = commands.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < commands.len() && Instant::now() < until {
            let mut fewer = commands.clone();
            fewer.drain(at..(at + size).min(commands.len()));
            if breaks(plan, &fewer)? {
                commands = fewer;
            } else {
                at += size;
            }
        }
        if size == 1 || Instant::now() >= until {
            return Ok(commands);
        }
        size = size.div_ceil(2);
    }
}

/// Whether a new server does not survive these commands.
pub(crate) fn breaks(plan: &Plan, commands: &[Vec<u8>]) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(plan, folder.path())?;
    let mut client = server.client()?;
    for batch in commands.chunks(100) {
        if !matches!(
            client.drain(&batch.concat(), Duration::from_millis(500)),
            Ok(true)
        ) {
            if !server.answers() {
                return Ok(true);
            }
            client = server.client()?;
        }
    }
    Ok(!server.answers())
}
