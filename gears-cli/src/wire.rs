//! Plain connections to the server, for commands that are not of gears.

use std::time::Duration;

use gears_runtime::Gears;
use redis::{Connection, ConnectionLike as _, RedisError, RedisResult, Value};

use crate::failure::{Code, Failure, Result};

/// Asks one server.
pub(crate) struct Wire {
    connection: Connection,
}

impl Wire {
    /// Connects to the server that `gears` was made for.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
    pub(crate) fn open(gears: &Gears, patience: Duration) -> Result<Self> {
        let lost = |error: RedisError| {
            Failure::new(Code::Connection, said(&error))
                .advice("it answered a moment ago: try again, and look at its log")
        };
        let connection = connect(gears, patience).map_err(lost)?;
        Ok(Self { connection })
    }

    /// Sends a command and returns the reply.
    ///
    /// # Errors
    ///
    /// What the server said against it, or why there is no reply.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Value, String> {
        self.reply(words).map_err(|error| said(&error))
    }

    /// Sends a command and returns the reply, for whoever asks the error what it is.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub(crate) fn reply(&mut self, words: &[&str]) -> RedisResult<Value> {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        self.connection
            .req_command(&command)
            .and_then(Value::extract_error)
    }

    /// Sends a command and tells whether this user may; what else comes of it does not matter.
    pub(crate) fn may(&mut self, words: &[&str]) -> bool {
        !self.reply(words).is_err_and(|error| refuses(&error))
    }

    /// Sends a command and returns the text of the reply.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask), and a reply that is no text.
    pub(crate) fn text(&mut self, words: &[&str]) -> Result<String, String> {
        let value = self.ask(words)?;
        redis::from_redis_value(value).map_err(|error| error.to_string())
    }

    /// Reads settings of the server by their names.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub(crate) fn setting(&mut self, name: &str) -> Result<Option<String>, String> {
        let value = self.ask(&["CONFIG", "GET", name])?;
        let pairs: Vec<(String, String)> =
            redis::from_redis_value(value).map_err(|error| error.to_string())?;
        Ok(pairs.into_iter().next().map(|(_, value)| value))
    }
}

/// Opens a connection that is not of the pool, on which nothing may take longer than this.
pub(crate) fn connect(gears: &Gears, patience: Duration) -> RedisResult<Connection> {
    let connection = gears.client().get_connection_with_timeout(patience)?;
    connection.set_read_timeout(Some(patience))?;
    connection.set_write_timeout(Some(patience))?;
    Ok(connection)
}

/// Tells whether a server says that this user may not do something.
pub(crate) fn refuses(error: &RedisError) -> bool {
    error.code() == Some("NOPERM")
}

/// Writes what a server said as it said it.
pub(crate) fn said(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    }
}
