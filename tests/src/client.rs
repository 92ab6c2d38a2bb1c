//! A client that sends what it is told and shows what comes, without any gears of ours between.

use std::time::Duration;

use redis::{Cmd, Connection, Value};

use crate::DEADLINE;

/// A connection for plain commands.
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects to the server at `url`; replies must come within [`DEADLINE`].
    ///
    /// # Panics
    ///
    /// When there is no server.
    pub fn connect(url: &str) -> Self {
        let client = redis::Client::open(url).unwrap();
        let connection = client.get_connection_with_timeout(DEADLINE).unwrap();
        let client = Self { connection };
        client.wait_at_most(DEADLINE);
        client
    }

    /// Sets how long replies may take.
    ///
    /// # Panics
    ///
    /// When the socket is gone.
    pub fn wait_at_most(&self, timeout: Duration) {
        self.connection.set_read_timeout(Some(timeout)).unwrap();
        self.connection.set_write_timeout(Some(timeout)).unwrap();
    }

    /// Sends a command and returns the reply, error replies too.
    ///
    /// # Panics
    ///
    /// When the connection breaks, as it does when the server crashes.
    pub fn value(&mut self, words: &[&[u8]]) -> Value {
        let mut command = Cmd::new();
        for word in words {
            command.arg(*word);
        }
        redis::ConnectionLike::req_command(&mut self.connection, &command)
            .unwrap_or_else(|error| panic!("no reply to {}: {error}", brief(words)))
    }

    /// Sends a command and returns the reply as [`show`] writes it.
    ///
    /// # Panics
    ///
    /// As [`value`](Self::value).
    pub fn ask(&mut self, words: &[&[u8]]) -> String {
        show(&self.value(words))
    }

    /// Returns what a section of `INFO` tells under a name.
    ///
    /// # Panics
    ///
    /// When it is not there, and as [`value`](Self::value).
    pub fn info(&mut self, section: &str, name: &str) -> String {
        let Value::BulkString(info) = self.value(&[b"INFO", section.as_bytes()]) else {
            panic!("INFO {section} is no text");
        };
        let info = String::from_utf8_lossy(&info);
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .unwrap_or_else(|| panic!("no {name} in {info}"))
            .trim()
            .to_owned()
    }

    /// Returns a number that a section of `INFO` tells.
    ///
    /// # Panics
    ///
    /// When there is none, and as [`info`](Self::info).
    pub fn number(&mut self, section: &str, name: &str) -> i64 {
        let told = self.info(section, name);
        told.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {told}"))
    }

    /// Makes the server a replica of the one at that port of this machine.
    ///
    /// # Panics
    ///
    /// When it refuses.
    pub fn follow(&mut self, port: u16) {
        let port = port.to_string();
        let reply = self.ask(&[b"REPLICAOF", b"127.0.0.1", port.as_bytes()]);
        assert_eq!(reply, "+OK");
    }

    /// Runs a script and returns the reply as [`show`] writes it.
    ///
    /// # Panics
    ///
    /// As [`value`](Self::value).
    pub fn execute(&mut self, script: &str) -> String {
        self.ask(&[b"RG.PYEXECUTE", script.as_bytes()])
    }

    /// Runs a script that must answer `+OK`.
    ///
    /// # Panics
    ///
    /// When it answers anything else.
    pub fn install(&mut self, script: &str) {
        assert_eq!(self.execute(script), "+OK", "{script}");
    }

    /// Calls a trigger and returns the reply as [`show`] writes it.
    ///
    /// # Panics
    ///
    /// As [`value`](Self::value).
    pub fn trigger(&mut self, trigger: &str, arguments: &[&[u8]]) -> String {
        let mut words: Vec<&[u8]> = vec![b"RG.TRIGGER", trigger.as_bytes()];
        words.extend_from_slice(arguments);
        self.ask(&words)
    }

    /// Returns the registrations: one map from names to values each.
    ///
    /// # Panics
    ///
    /// When the reply has another shape.
    pub fn registrations(&mut self) -> Vec<Value> {
        match self.value(&[b"RG.DUMPREGISTRATIONS"]) {
            Value::Array(entries) => entries,
            other => panic!("not an array: {other:?}"),
        }
    }

    /// Returns trigger and id of every registration that has a trigger.
    ///
    /// # Panics
    ///
    /// When the reply has another shape.
    pub fn triggers(&mut self) -> Vec<(String, String)> {
        let entries = self.registrations();
        let text = |value: &Value| match value {
            Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("not a text: {other:?}"),
        };
        entries
            .iter()
            .filter(|entry| text(field(entry, "reader")) == "CommandReader")
            .map(|entry| {
                let arguments = field(field(entry, "RegistrationData"), "args");
                (text(field(arguments, "trigger")), text(field(entry, "id")))
            })
            .collect()
    }

    /// Returns the id of a trigger's registration.
    pub fn id(&mut self, trigger: &str) -> Option<String> {
        self.triggers()
            .into_iter()
            .find_map(|(name, id)| (name == trigger).then_some(id))
    }

    /// Returns the registration of a trigger.
    pub fn registration(&mut self, trigger: &str) -> Option<Value> {
        let id = Value::BulkString(self.id(trigger)?.into_bytes());
        self.registrations()
            .into_iter()
            .find(|entry| *field(entry, "id") == id)
    }
}

/// Finds a value in an array of names and values.
///
/// # Panics
///
/// When it is not there.
pub fn field<'a>(pairs: &'a Value, name: &str) -> &'a Value {
    let Value::Array(items) = pairs else {
        panic!("not an array: {pairs:?}");
    };
    items
        .chunks(2)
        .find(|pair| pair[0] == Value::BulkString(name.as_bytes().to_vec()))
        .map_or_else(|| panic!("no {name} in {}", show(pairs)), |pair| &pair[1])
}

/// Writes a reply as the specification does: `+OK`, `-error`, `:1`, `$"text"`, `nil`, `[a, b]`.
pub fn show(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Okay => "+OK".to_owned(),
        Value::SimpleString(text) => format!("+{text}"),
        Value::Int(number) => format!(":{number}"),
        Value::BulkString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("${text:?}"),
            Err(_) => format!("$b\"{}\"", bytes.escape_ascii()),
        },
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(show).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::ServerError(error) => match error.details() {
            Some(details) => format!("-{} {details}", error.code()),
            None => format!("-{}", error.code()),
        },
        other => format!("{other:?}"),
    }
}

fn brief(words: &[&[u8]]) -> String {
    let words = words.iter().map(|word| {
        let text = String::from_utf8_lossy(word);
        text.chars().take(200).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
