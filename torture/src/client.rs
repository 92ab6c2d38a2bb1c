//! A connection that reads replies as values.

use std::fmt::{Debug, Formatter};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than any honest reply takes, on a busy machine too.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Text(Vec<u8>),
    Error(String),
    Integer(i64),
    Nil,
    Array(Vec<Value>),
}

impl Value {
    /// The text of a bulk string or a status, and nothing of all others.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::Array(values) => values,
            _ => &[],
        }
    }
}

impl Debug for Value {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "\"{}\"", text.escape_ascii()),
            Self::Error(error) => write!(formatter, "-{error}"),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Nil => write!(formatter, "nil"),
            Self::Array(values) => formatter.debug_list().entries(values).finish(),
        }
    }
}

pub(crate) struct Client {
    stream: UnixStream,
    unread: Vec<u8>,
    at: usize,
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(Self {
            stream,
            unread: Vec::new(),
            at: 0,
        })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes)
    }

    pub(crate) fn text(&mut self, words: &[&str]) -> Result<Value> {
        self.send(&encode_text(words))?;
        self.read()
    }

    /// Like `text`, for what has no reason to be refused.
    pub(crate) fn must(&mut self, words: &[&str]) -> Result<Value> {
        match self.text(words)? {
            Value::Error(error) => Err(Error::other(format!("{words:?}: {error}"))),
            value => Ok(value),
        }
    }

    pub(crate) fn read(&mut self) -> Result<Value> {
        let line = self.line()?;
        let Some((kind, rest)) = line.split_first() else {
            return Err(Error::other("an empty reply"));
        };
        let rest = String::from_utf8_lossy(rest).into_owned();
        let number = || rest.parse::<i64>().map_err(Error::other);
        Ok(match kind {
            b'+' => Value::Text(rest.into_bytes()),
            b'-' => Value::Error(rest),
            b':' => Value::Integer(number()?),
            b'$' => match usize::try_from(number()?) {
                Ok(length) => {
                    let mut text = self.exactly(length + 2)?;
                    text.truncate(length);
                    Value::Text(text)
                }
                Err(_) => Value::Nil,
            },
            b'*' => match usize::try_from(number()?) {
                Ok(length) => {
                    Value::Array((0..length).map(|_| self.read()).collect::<Result<_>>()?)
                }
                Err(_) => Value::Nil,
            },
            _ => return Err(Error::other(format!("not a reply: {line:?}"))),
        })
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            let fresh = &self.unread[self.at..];
            if let Some(end) = fresh.windows(2).position(|pair| pair == b"\r\n") {
                let line = fresh[..end].to_vec();
                self.at += end + 2;
                return Ok(line);
            }
            self.fill()?;
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.unread.len() - self.at < length {
            self.fill()?;
        }
        let bytes = self.unread[self.at..self.at + length].to_vec();
        self.at += length;
        Ok(bytes)
    }

    fn fill(&mut self) -> Result<()> {
        self.unread.drain(..self.at);
        self.at = 0;
        let mut chunk = [0; 65_536];
        match self.stream.read(&mut chunk)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                self.unread.extend_from_slice(&chunk[..length]);
                Ok(())
            }
        }
    }
}

pub(crate) fn encode(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

pub(crate) fn encode_text(words: &[&str]) -> Vec<u8> {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    encode(&words)
}
