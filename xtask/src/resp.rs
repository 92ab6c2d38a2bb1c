//! Just enough of the Redis protocol to try a server.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A reply of the second version of the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Status(String),
    Error(String),
    Integer(i64),
    Bulk(Vec<u8>),
    Array(Vec<Reply>),
    Nil,
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(text) => write!(formatter, "{text}"),
            Self::Error(text) => write!(formatter, "error: {text}"),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Bulk(bytes) => write!(formatter, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Nil => write!(formatter, "nil"),
            Self::Array(items) => {
                write!(formatter, "[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{item}")?;
                }
                write!(formatter, "]")
            }
        }
    }
}

/// A connection over a unix socket.
pub(crate) struct Connection(BufReader<UnixStream>);

impl Connection {
    /// Connects; every later read and write ends at the time limit.
    pub(crate) fn open(socket: &Path, limit: Duration) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends one command and reads its reply.
    pub(crate) fn call(&mut self, arguments: &[&str]) -> io::Result<Reply> {
        self.0.get_mut().write_all(&encode(arguments))?;
        read(&mut self.0)
    }

    /// Sends a command so many times at once, and reads the replies.
    pub(crate) fn pipe(&mut self, arguments: &[&str], times: u32) -> io::Result<Vec<Reply>> {
        let bytes = encode(arguments).repeat(times as usize);
        self.0.get_mut().write_all(&bytes)?;
        (0..times).map(|_| read(&mut self.0)).collect()
    }
}

fn encode(arguments: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        bytes.extend(format!("${}\r\n{argument}\r\n", argument.len()).bytes());
    }
    bytes
}

fn read(source: &mut impl BufRead) -> io::Result<Reply> {
    let mut line = String::new();
    source.read_line(&mut line)?;
    let Some(line) = line.strip_suffix("\r\n") else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let strange = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("strange reply {line:?}"),
        )
    };
    let mut characters = line.chars();
    let kind = characters.next().ok_or_else(strange)?;
    let rest = characters.as_str();
    let number = || rest.parse::<i64>().map_err(|_| strange());
    match kind {
        '+' => Ok(Reply::Status(rest.to_owned())),
        '-' => Ok(Reply::Error(rest.to_owned())),
        ':' => Ok(Reply::Integer(number()?)),
        '$' | '*' if number()? == -1 => Ok(Reply::Nil),
        '$' => {
            let length = usize::try_from(number()?).map_err(|_| strange())?;
            let mut bytes = vec![0; length + 2];
            source.read_exact(&mut bytes)?;
            bytes.truncate(length);
            Ok(Reply::Bulk(bytes))
        }
        '*' => (0..number()?)
            .map(|_| read(source))
            .collect::<io::Result<_>>()
            .map(Reply::Array),
        _ => Err(strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(bytes: &str) -> io::Result<Reply> {
        read(&mut bytes.as_bytes())
    }

    #[test]
    fn commands_count_bytes() {
        assert_eq!(
            encode(&["GET", "é"]),
            "*2\r\n$3\r\nGET\r\n$2\r\né\r\n".as_bytes()
        );
    }

    #[test]
    fn every_kind_of_reply_is_read() {
        assert_eq!(reply("+OK\r\n").unwrap(), Reply::Status("OK".to_owned()));
        assert_eq!(
            reply("-ERR x\r\n").unwrap(),
            Reply::Error("ERR x".to_owned())
        );
        assert_eq!(reply("$-1\r\n").unwrap(), Reply::Nil);
        assert_eq!(
            reply("*2\r\n:-7\r\n$3\r\na\r\n\r\n").unwrap(),
            Reply::Array(vec![Reply::Integer(-7), Reply::Bulk(b"a\r\n".to_vec())])
        );
    }

    #[test]
    fn broken_replies_are_errors() {
        for bytes in [
            "",
            "+OK",
            "?\r\n",
            "$x\r\n",
            "$-2\r\n",
            "$5\r\nab\r\n",
            "*2\r\n:1\r\n",
            "é\r\n",
        ] {
            assert!(reply(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn replies_can_be_shown() {
        let reply = reply("*3\r\n$2\r\nhi\r\n*-1\r\n-no\r\n").unwrap();
        assert_eq!(reply.to_string(), r#"["hi", nil, error: no]"#);
    }
}
