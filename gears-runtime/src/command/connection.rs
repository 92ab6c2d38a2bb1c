//! Commands over connections that are not ours.

use redis::{ConnectionLike, RedisResult, Value};

use super::{
    request::{Request, is_unknown},
    script::Script,
};
#[cfg(feature = "aio")]
use crate::connect::way::asynchronous;
use crate::{
    connect::way::lent::server_of,
    error::{Error, Result},
    server::{
        dialect::Dialect,
        known::Server,
        value::{raw_reply, raw_text},
    },
};

/// Sends a command over any connection.
pub(crate) fn send<T>(
    connection: &mut (impl ConnectionLike + ?Sized),
    request: Request<T>,
) -> Result<T> {
    let reply = connection.req_command(&request.command);
    let server = if request.asks_for_server(&reply) {
        server_of(connection).ok()
    } else {
        None
    };
    request.finish_foreign(reply, server)
}

/// Asks what is at the other end, where a script depends on it.
///
/// # Errors
///
/// The server lacks what the script needs, and would not say so.
pub(crate) fn dialect_for<T>(
    connection: &mut (impl ConnectionLike + ?Sized),
    script: &Script<T>,
) -> Result<Dialect> {
    if !script.asks_for_server() {
        return Ok(Dialect::Unknown);
    }
    let server = server_of(connection)?;
    script
        .needs()
        .iter()
        .try_for_each(|need| need.check(server))?;
    Ok(server.dialect)
}

/// Sends a command over any async connection.
#[cfg(feature = "aio")]
pub(crate) async fn send_async<T>(
    connection: &mut (impl redis::aio::ConnectionLike + Send + ?Sized),
    request: Request<T>,
) -> Result<T> {
    let reply = connection.req_packed_command(&request.command).await;
    let server = if request.asks_for_server(&reply) {
        asynchronous::server_of(connection).await.ok()
    } else {
        None
    };
    request.finish_foreign(reply, server)
}

/// Asks what is at the other end of an async connection, as [`dialect_for`] does.
///
/// # Errors
///
/// As [`dialect_for`].
#[cfg(feature = "aio")]
pub(crate) async fn dialect_for_async<T>(
    connection: &mut (impl redis::aio::ConnectionLike + Send + ?Sized),
    script: &Script<T>,
) -> Result<Dialect> {
    if !script.asks_for_server() {
        return Ok(Dialect::Unknown);
    }
    let server = asynchronous::server_of(connection).await?;
    script
        .needs()
        .iter()
        .try_for_each(|need| need.check(server))?;
    Ok(server.dialect)
}

impl<T> Request<T> {
    /// Tells whether the error is one that the server must be named in.
    fn asks_for_server(&self, reply: &RedisResult<Value>) -> bool {
        let raw = match reply {
            Ok(Value::ServerError(error)) => Some(raw_text(error)),
            Ok(_) => None,
            Err(error) => raw_reply(error),
        };
        raw.is_some_and(|raw| {
            is_unknown(&raw) || self.since.is_some_and(|since| since.is_refusal(&raw))
        })
    }

    fn finish_foreign(self, reply: RedisResult<Value>, server: Option<Server>) -> Result<T> {
        match reply {
            Ok(reply) => self.finish(reply, server),
            Err(error) => Err(match raw_reply(&error) {
                Some(raw) => self.refused(&raw, server),
                None => Error::from_connection(error, format_args!("sending {}", self.name), None),
            }),
        }
    }
}
