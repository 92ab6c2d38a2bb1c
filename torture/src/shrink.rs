//! Makes a list of commands small that breaks a server.

use std::io::Result;
use std::time::{Duration, Instant};

use crate::fuzz::Target;
use crate::pipe::{Pipe, State};
use crate::record::Sent;
use crate::server::Plan;

/// How many commands go to a connection before their replies are waited for.
const TOGETHER: usize = 100;
/// Longer than commands take that do not block.
const PATIENCE: Duration = Duration::from_millis(500);

/// Leaves out what the fault does not need, for at most two minutes.
pub(crate) fn shrink(
    mut commands: Vec<Sent>,
    breaks: impl Fn(&[Sent]) -> Result<bool>,
) -> Result<Vec<Sent>> {
    let until = Instant::now() + Duration::from_secs(120);
    // Most faults need only what came last.
    let mut tail = 50;
    let found = loop {
        let from = commands.len().saturating_sub(tail);
        if breaks(&commands[from..])? {
            break Some(from);
        }
        if from == 0 || Instant::now() >= until {
            break None;
        }
        tail *= 8;
    };
    let Some(from) = found else {
        eprintln!("the same commands do no harm now: all of them are kept");
        return Ok(commands);
    };
    commands.drain(..from);
    let mut size = commands.len().div_ceil(2);
    loop {
        let mut at = 0;
        while at < commands.len() && Instant::now() < until {
            let mut fewer = commands.clone();
            fewer.drain(at..(at + size).min(commands.len()));
            if breaks(&fewer)? {
                commands = fewer;
            } else {
                at += size;
            }
        }
        if size <= 1 || Instant::now() >= until {
            return Ok(commands);
        }
        size = size.div_ceil(2);
    }
}

/// Whether a new server does not survive these commands.
pub(crate) fn breaks(plan: &Plan, commands: &[Sent]) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let mut target = Target::start(plan, folder.path())?;
    let count = commands.iter().map(|command| command.connection + 1).max();
    let mut pipes = Vec::new();
    for _ in 0..count.unwrap_or_default() {
        pipes.push(target.connect()?);
    }
    for (connection, now) in in_pieces(commands) {
        let bytes = now
            .iter()
            .flat_map(|command| &command.bytes)
            .copied()
            .collect::<Vec<u8>>();
        let Ok(fresh) = target.connect() else {
            return Ok(target.server.fault().is_some());
        };
        if now[0].ends {
            std::mem::replace(&mut pipes[connection], fresh).leave(&bytes, false);
        } else if !answered(&mut pipes[connection], now.len() as u64, &bytes) {
            if target.server.fault().is_some() {
                return Ok(true);
            }
            pipes[connection] = fresh;
        }
    }
    Ok(target.server.fault().is_some())
}

/// Splits commands into what goes to a connection at once.
pub(crate) fn in_pieces(mut rest: &[Sent]) -> impl Iterator<Item = (usize, &[Sent])> {
    std::iter::from_fn(move || {
        let connection = rest.first()?.connection;
        let length = rest
            .iter()
            .take(TOGETHER)
            .take_while(|command| command.connection == connection && !command.ends)
            .count();
        let (now, later) = rest.split_at(length.max(1));
        rest = later;
        Some((connection, now))
    })
}

fn answered(pipe: &mut Pipe, commands: u64, bytes: &[u8]) -> bool {
    pipe.send(commands, bytes);
    loop {
        match pipe.state() {
            State::Answered => return true,
            State::Waits(time) if time < PATIENCE => {}
            State::Waits(_) | State::Gone => return false,
        }
    }
}
