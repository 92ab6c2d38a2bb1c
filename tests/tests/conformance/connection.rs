//! A connection that hides nothing of a reply: exact error texts, statuses apart from strings.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use gears_tests::DEADLINE;
use redis::{ConnectionAddr, IntoConnectionInfo};

use crate::reply::Reply;

/// How deep replies may be nested.
const DEPTH: usize = 200;

pub(crate) type Command = Vec<Vec<u8>>;

pub(crate) struct Connection {
    stream: Stream,
    /// What has come and is not read yet.
    buffer: Vec<u8>,
    deadline: Instant,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Connection {
    pub(crate) fn open(url: &str) -> io::Result<Self> {
        let info = url.into_connection_info().map_err(io::Error::other)?;
        let stream = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port))?;
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
            ConnectionAddr::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
            other => return Err(io::Error::other(format!("{other} is no plain address"))),
        };
        stream.wait_at_most(DEADLINE)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            deadline: Instant::now(),
        })
    }

    /// Sends commands in one go.
    pub(crate) fn write(&mut self, commands: &[Command]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for command in commands {
            write!(bytes, "*{}\r\n", command.len())?;
            for argument in command {
                write!(bytes, "${}\r\n", argument.len())?;
                bytes.extend_from_slice(argument);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        self.stream.writer().write_all(&bytes)
    }

    /// Reads one reply.
    pub(crate) fn read(&mut self) -> io::Result<Reply> {
        self.deadline = Instant::now() + DEADLINE;
        self.reply(0)
    }

    pub(crate) fn call(&mut self, command: Command) -> io::Result<Reply> {
        self.write(&[command])?;
        self.read()
    }

    fn reply(&mut self, depth: usize) -> io::Result<Reply> {
        if depth > DEPTH {
            return Err(malformed("is nested too deeply"));
        }
        let line = self.line()?;
        let (&kind, rest) = line.split_first().ok_or_else(|| malformed("is empty"))?;
        let text = String::from_utf8_lossy(rest);
        let number = || -> io::Result<i64> {
            text.parse()
                .map_err(|_| malformed(format_args!("has no number but {text:?}")))
        };
        Ok(match kind {
            b'+' => Reply::Status(text.into_owned()),
            b'-' => Reply::Error(text.into_owned()),
            b':' => Reply::Integer(number()?),
            b'$' => match usize::try_from(number()?) {
                Err(_) => Reply::Nil,
                Ok(length) => {
                    let bytes = self.take(length)?;
                    if self.take(2)? != b"\r\n" {
                        return Err(malformed("has a bulk string that does not end in time"));
                    }
                    Reply::bulk(&bytes)
                }
            },
            b'*' => match usize::try_from(number()?) {
                Err(_) => Reply::Nil,
                Ok(length) => {
                    let elements = (0..length).map(|_| self.reply(depth + 1));
                    Reply::Array(elements.collect::<io::Result<_>>()?)
                }
            },
            _ => {
                let line = line.escape_ascii();
                return Err(malformed(format_args!("starts with {line}")));
            }
        })
    }

    /// Reads up to the end of a line.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut seen = 0;
        loop {
            let end = self.buffer[seen..]
                .windows(2)
                .position(|pair| pair == b"\r\n");
            if let Some(end) = end {
                let mut line = self.take(seen + end + 2)?;
                line.truncate(seen + end);
                return Ok(line);
            }
            seen = self.buffer.len().saturating_sub(1);
            self.fill()?;
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn fill(&mut self) -> io::Result<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.wait_at_most(left)?;
        let mut bytes = [0; 1 << 16];
        let length = self.stream.reader().read(&mut bytes)?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.buffer.extend_from_slice(&bytes[..length]);
        Ok(())
    }
}

impl Stream {
    fn wait_at_most(&self, timeout: Duration) -> io::Result<()> {
        let timeout = Some(timeout);
        match self {
            Self::Tcp(stream) => {
                stream.set_write_timeout(timeout)?;
                stream.set_read_timeout(timeout)
            }
            Self::Unix(stream) => {
                stream.set_write_timeout(timeout)?;
                stream.set_read_timeout(timeout)
            }
        }
    }

    fn reader(&mut self) -> &mut dyn Read {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
        }
    }
}

fn malformed(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the reply {what}"))
}
