//! Our engine, passed off as genuine RedisGears or as an older one: for what the client does there, with a
//! real Python.

use std::io::{self, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use redis::{Client, Cmd, ConnectionAddr, Parser, Value};

use crate::stand_in;

/// A port in front of a server with gears-engine that answers as RedisGears of some version about
/// what it is, and has nothing that came later, until the program ends.
pub struct Mask {
    port: u16,
}

impl Mask {
    /// Opens a port in front of the one in this URL, which answers as this version does: 10006 is 1.0.6.
    ///
    /// # Panics
    ///
    /// When the URL names no port, or none can be had.
    pub fn open(url: &str, version: i64) -> Self {
        Self::of(url, Guise::RedisGears(version))
    }

    /// Opens a port in front of the one in this URL, which answers as a gears-engine whose shards know
    /// nothing of each other.
    ///
    /// # Panics
    ///
    /// As [`open`](Self::open).
    pub fn of_lone_engine(url: &str) -> Self {
        Self::of(url, Guise::LoneEngine)
    }

    fn of(url: &str, guise: Guise) -> Self {
        let client = Client::open(url).unwrap();
        let ConnectionAddr::Tcp(_, server) = *client.get_connection_info().addr() else {
            panic!("{url} is no port");
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Either side may hang up at any time.
                thread::spawn(move || pass(&client, server, guise));
            }
        });
        Self { port }
    }

    /// Returns the URL of the port.
    pub fn url(&self) -> String {
        format!("redis://{}:{}/", Ipv4Addr::LOCALHOST, self.port)
    }
}

/// What a server is passed off as.
#[derive(Clone, Copy)]
enum Guise {
    /// Genuine RedisGears of a version: 10006 is 1.0.6.
    RedisGears(i64),
    /// gears-engine from before shards knew each other.
    LoneEngine,
}

/// Keeps what is read.
struct Kept<R> {
    source: R,
    bytes: Vec<u8>,
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..length]);
        Ok(length)
    }
}

/// Passes one request and its reply at a time.
fn pass(client: &TcpStream, server: u16, guise: Guise) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut requests = BufReader::new(client.try_clone()?);
    let mut replies = client.try_clone()?;
    let mut to_server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    to_server.set_nodelay(true)?;
    let mut from_server = Kept {
        source: to_server.try_clone()?,
        bytes: Vec::new(),
    };
    let (mut of_client, mut of_server) = (Parser::new(), Parser::new());
    let hang_up = |_| {
        // Both directions, also those that other threads wait on.
        let _ = client.shutdown(std::net::Shutdown::Both);
        io::Error::from(io::ErrorKind::ConnectionAborted)
    };
    loop {
        let Ok(Value::Array(words)) = of_client.parse_value(&mut requests) else {
            return Ok(());
        };
        let mut words: Vec<Vec<u8>> = words
            .into_iter()
            .map(|word| redis::from_redis_value(word).unwrap())
            .collect();
        if let Some(reply) = own_reply(&words, guise) {
            replies.write_all(reply.as_bytes())?;
            continue;
        }
        if matches!(guise, Guise::RedisGears(_)) {
            cut(&mut words);
        }
        let mut command = Cmd::new();
        command.arg(words);
        to_server.write_all(&command.get_packed_command())?;
        from_server.bytes.clear();
        of_server.parse_value(&mut from_server).map_err(hang_up)?;
        replies.write_all(&from_server.bytes)?;
    }
}

/// Returns what that one answers and the engine would not.
fn own_reply(words: &[Vec<u8>], guise: Guise) -> Option<String> {
    let texts: Option<Vec<String>> = words
        .iter()
        .map(|word| String::from_utf8(word.clone()).ok())
        .collect();
    let texts = texts?;
    let name = texts.first()?.to_ascii_uppercase();
    let version = match guise {
        Guise::RedisGears(version) => version,
        Guise::LoneEngine => {
            let is_question =
                name == "RG.CONFIGGET" && texts.get(1).is_some_and(|word| word == "EngineVersion");
            return is_question.then(|| {
                let unknown = texts[2..]
                    .iter()
                    .map(|word| format!("-(error) Unsupported config parameter: {word}\r\n"));
                let unknown: String = unknown.collect();
                format!("*{}\r\n$5\r\n0.1.0\r\n{unknown}", texts.len() - 1)
            });
        }
    };
    match (name.as_str(), texts.get(1).map(String::as_str)) {
        ("MODULE", Some("LIST")) => Some(stand_in::reply(&texts, version)),
        ("RG.CONFIGGET", Some("EngineVersion" | "PythonVersion")) => {
            Some(stand_in::reply(&texts, version))
        }
        ("RG.PYDUMPSESSIONS", _) if texts.iter().any(|word| word == "SOURCE") => {
            Some("-Unknown option SOURCE\r\n".to_owned())
        }
        ("RG.PYEXECUTE", Some(_)) => {
            let reply = stand_in::reply(&texts, version);
            reply.starts_with('-').then_some(reply)
        }
        _ => stand_in::is_later(&name, version).then(|| stand_in::reply(&texts, version)),
    }
}

/// Cuts the arguments of triggers where RedisGears does.
fn cut(words: &mut [Vec<u8>]) {
    if words[0].to_ascii_uppercase().starts_with(b"RG.TRIGGER") {
        for word in words.iter_mut().skip(1) {
            if let Some(end) = word.iter().position(|byte| *byte == 0) {
                word.truncate(end);
            }
        }
    }
}
