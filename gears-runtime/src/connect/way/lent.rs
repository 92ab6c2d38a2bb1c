//! A connection that somebody lends for a while.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, OnceLock},
};

use redis::{Cmd, ConnectionLike, RedisResult, ServerError, Value};

use crate::{
    connect::poison::unpoisoned,
    error::{Error, Result},
    server::known::Server,
    wire::packed::Packed,
};

/// A connection that somebody lends, with what is known about its server.
#[doc(hidden)]
pub struct Lent<'a> {
    connection: Mutex<&'a mut (dyn ConnectionLike + Send + 'a)>,
    server: OnceLock<Server>,
}

impl<'a> Lent<'a> {
    pub(crate) fn new(connection: &'a mut (dyn ConnectionLike + Send + 'a)) -> Self {
        Self {
            connection: Mutex::new(connection),
            server: OnceLock::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, &'a mut (dyn ConnectionLike + Send + 'a)> {
        unpoisoned(self.connection.lock())
    }

    /// Asks what is at the other end, once.
    ///
    /// # Errors
    ///
    /// It cannot be asked.
    pub(crate) fn server(&self) -> Result<Server> {
        if let Some(server) = self.server.get() {
            return Ok(*server);
        }
        let server = server_of(&mut **self.lock())?;
        Ok(*self.server.get_or_init(|| server))
    }

    /// Sends a command and returns the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came in the time that it gives.
    pub(crate) fn send(&self, command: &Cmd, what: fmt::Arguments<'_>) -> Result<Value> {
        reply_of(self.lock().req_command(command), what)
    }

    /// Sends commands in one go and returns one reply for each, in turn where it is a cluster's.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub(crate) fn pipeline(
        &self,
        commands: &[Cmd],
        what: fmt::Arguments<'_>,
    ) -> Result<Vec<Value>> {
        pipeline(&mut **self.lock(), commands, what)
    }

    /// Sends commands that are packed, as [`pipeline`](Self::pipeline) does.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub(crate) fn packed(&self, commands: &Packed, what: fmt::Arguments<'_>) -> Result<Vec<Value>> {
        let mut connection = self.lock();
        if !connection.supports_pipelining() {
            let replies = (0..commands.len())
                .filter_map(|place| commands.command(place))
                .map(|command| reply_of(connection.req_command(&command), what));
            return replies.collect();
        }
        let replies = connection.req_packed_commands(commands.bytes(), 0, commands.len());
        replies.map_err(|error| Error::from_connection(error, what, None))
    }
}

/// Asks what is at the other end of a connection.
pub(crate) fn server_of(connection: &mut (impl ConnectionLike + ?Sized)) -> Result<Server> {
    let what = format_args!("asking what the server is");
    let replies = pipeline(connection, &Server::questions(), what)?;
    from_answers(&replies)
}

/// Reads what was answered to the questions what a server is.
pub(crate) fn from_answers(replies: &[Value]) -> Result<Server> {
    match replies {
        [question, modules] => Server::from_answers(question, modules),
        _ => Err(Error::unexpected("a reply is missing", &Value::Nil)),
    }
}

fn pipeline(
    connection: &mut (impl ConnectionLike + ?Sized),
    commands: &[Cmd],
    what: fmt::Arguments<'_>,
) -> Result<Vec<Value>> {
    if !connection.supports_pipelining() {
        let replies = commands
            .iter()
            .map(|command| reply_of(connection.req_command(command), what));
        return replies.collect();
    }
    let mut packed = Vec::new();
    for command in commands {
        command.write_packed_command(&mut packed);
    }
    let replies = connection.req_packed_commands(&packed, 0, commands.len());
    replies.map_err(|error| Error::from_connection(error, what, None))
}

/// Makes an error reply a reply again, where the connection made an error of it.
pub(crate) fn reply_of(reply: RedisResult<Value>, what: fmt::Arguments<'_>) -> Result<Value> {
    let error = match reply {
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    match ServerError::try_from(error) {
        Ok(error) => Ok(Value::ServerError(error)),
        Err(error) => Err(Error::from_connection(error, what, None)),
    }
}
