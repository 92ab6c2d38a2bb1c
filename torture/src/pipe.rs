//! A connection that takes many commands at once, of which replies are only counted.

use std::io::{ErrorKind, Read, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::encode;
use crate::skimmer::{MARK, Skimmer};

/// How long a write or a read may take before others get their turn.
const TURN: Duration = Duration::from_millis(2);

/// How far the commands are that were sent last.
#[derive(Debug, PartialEq)]
pub(crate) enum State {
    Answered,
    /// Some are not, and perhaps never will be: commands block, and modes of connections are without replies.
    Waits(Duration),
    Gone,
}

pub(crate) struct Pipe {
    stream: UnixStream,
    skimmer: Skimmer,
    sent: u64,
    at: Instant,
    open: bool,
}

impl Pipe {
    pub(crate) fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(TURN))?;
        // The server reads on while it holds replies back, so a write waits only for a server that is busy.
        stream.set_write_timeout(Some(Duration::from_secs(5)))?;
        Ok(Self {
            stream,
            skimmer: Skimmer::default(),
            sent: 0,
            at: Instant::now(),
            open: false,
        })
    }

    /// Sends that many commands, and the mark that shows their end.
    pub(crate) fn send(&mut self, commands: u64, bytes: &[u8]) {
        self.skimmer.replies = 0;
        self.skimmer.marked = false;
        self.sent = commands;
        self.at = Instant::now();
        let mark = [encode(&[b"DISCARD"]), encode(&[MARK])].concat();
        let sent = self.stream.write_all(bytes);
        // A server that has closed the connection may have answered before.
        let _ = sent.and_then(|()| self.stream.write_all(&mark));
        self.open = true;
    }

    /// Sends bytes and leaves, perhaps with some of the replies.
    pub(crate) fn leave(mut self, bytes: &[u8], reads: bool) {
        let _ = self.stream.write_all(bytes);
        if reads {
            let _ = self.stream.read(&mut [0; 100]);
        }
    }

    /// Reads what is there, for one turn.
    pub(crate) fn state(&mut self) -> State {
        let until = Instant::now() + TURN;
        let mut chunk = [0; 65_536];
        while self.open && !self.skimmer.marked {
            match self.stream.read(&mut chunk) {
                Ok(0) => return State::Gone,
                Ok(length) => self.skimmer.skim(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return State::Waits(self.at.elapsed());
                }
                Err(_) => return State::Gone,
            }
            if !self.skimmer.marked && Instant::now() >= until {
                return State::Waits(self.at.elapsed());
            }
        }
        State::Answered
    }

    /// How many of the commands were answered; each is told once.
    pub(crate) fn take_answered(&mut self) -> u64 {
        let marks = if self.skimmer.marked { 2 } else { 0 };
        let answered = self.skimmer.replies.saturating_sub(marks).min(self.sent);
        self.open = false;
        self.sent = 0;
        answered
    }
}
