//! A connection that sends any bytes and reads RESP.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Longer than any honest reply takes, on a busy machine too.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Text(Vec<u8>),
    Error(String),
    Integer(i64),
    Nil,
    Array(Vec<Value>),
}

pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
    at: usize,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
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

    pub(crate) fn call(&mut self, words: &[&[u8]]) -> Result<Value> {
        self.send(&encode(words))?;
        self.read()
    }

    pub(crate) fn text(&mut self, words: &[&str]) -> Result<Value> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.call(&words)
    }

    /// Sends `batch` and reads until the server echoes a mark after it, whatever the replies before are. False if that
    /// does not come within `patience`: a command blocks, or the connection is in another mode.
    pub(crate) fn drain(&mut self, batch: &[u8], patience: Duration) -> Result<bool> {
        const MARK: &[u8] = b"torture-mark-5b1f";
        let until = Instant::now() + patience;
        self.stream
            .set_read_timeout(Some(Duration::from_millis(50)))?;
        self.stream.set_write_timeout(Some(patience))?;
        self.send(batch)?;
        // An open transaction would keep the mark.
        self.send(&encode(&[b"DISCARD"]))?;
        self.send(&encode(&[b"ECHO", MARK]))?;
        let mut tail = Vec::new();
        let mut chunk = [0; 65_536];
        while Instant::now() < until {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => tail.extend_from_slice(&chunk[..length]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if tail.windows(MARK.len()).any(|window| window == MARK) {
                return Ok(true);
            }
            let keep = tail.len().saturating_sub(MARK.len());
            tail.drain(..keep);
        }
        Ok(false)
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
        let mut chunk = [0; 16_384];
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
