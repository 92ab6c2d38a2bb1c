//! Calls as they are put together to go out in one go.

use std::mem;

use redis::{Arg, Cmd, Pipeline};

use crate::wire::{call::Call, packed::Packed};

/// Calls that go out in one go, in the form that what they go over takes.
pub(crate) trait Together: Default {
    /// Lends what the next call is written behind, if it is written there at once.
    fn lend(&mut self) -> Option<Packed>;

    /// Takes the next call, and returns about how many bytes it has; one that cannot be sent is left out.
    fn join(&mut self, call: Call, is_whole: bool) -> usize;

    /// Returns one of the calls, to be sent by itself.
    fn command(&self, place: usize) -> Option<Cmd>;
}

/// Over a connection that waits: each argument is copied once, to where it is sent from.
impl Together for Packed {
    fn lend(&mut self) -> Option<Packed> {
        Some(mem::take(self))
    }

    fn join(&mut self, call: Call, is_whole: bool) -> usize {
        *self = call.into_packed(is_whole);
        match is_whole {
            true => self.last_length(),
            false => 0,
        }
    }

    fn command(&self, place: usize) -> Option<Cmd> {
        self.command(place)
    }
}

/// Over a connection that is awaited: redis-rs packs nothing but its own commands there.
impl Together for Pipeline {
    fn lend(&mut self) -> Option<Packed> {
        None
    }

    fn join(&mut self, call: Call, is_whole: bool) -> usize {
        join_command(call, is_whole, |command| {
            self.add_command(command);
        })
    }

    fn command(&self, place: usize) -> Option<Cmd> {
        self.cmd_iter().nth(place).cloned()
    }
}

/// Over several connections, or one by one.
impl Together for Vec<Cmd> {
    fn lend(&mut self) -> Option<Packed> {
        None
    }

    fn join(&mut self, call: Call, is_whole: bool) -> usize {
        join_command(call, is_whole, |command| self.push(command))
    }

    fn command(&self, place: usize) -> Option<Cmd> {
        self.get(place).cloned()
    }
}

/// Adds a call as a command of redis-rs, as [`Together::join`] does.
fn join_command(call: Call, is_whole: bool, add: impl FnOnce(Cmd)) -> usize {
    if !is_whole {
        return 0;
    }
    let command = call.into_command();
    let length = length(&command);
    add(command);
    length
}

fn length(command: &Cmd) -> usize {
    command
        .args_iter()
        .map(|word| match word {
            Arg::Simple(word) => word.len() + 16,
            _ => 16,
        })
        .sum()
}
