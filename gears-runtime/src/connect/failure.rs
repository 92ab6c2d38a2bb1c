//! What a failure of a connection means.

use std::{fmt, time::Duration};

use redis::{Client, ConnectionAddr, RedisError};

use crate::error::{Error, detail::Detail, obstacle::Obstacle};

impl Error {
    /// Wraps a failure to connect, and says what a port without TLS takes.
    pub(crate) fn from_connecting(error: RedisError, client: &Client, after: Duration) -> Self {
        let address = client.get_connection_info().addr();
        match address {
            ConnectionAddr::TcpTls { .. } => Self::from_redis(
                error,
                format_args!("connecting by TLS to {address} (a port without it takes `redis://`)"),
                after,
            ),
            _ => Self::from_redis(error, format_args!("connecting to {address}"), after),
        }
    }

    /// Wraps a failure of the connection; `after` is the time that was given.
    pub(crate) fn from_redis(error: RedisError, what: fmt::Arguments<'_>, after: Duration) -> Self {
        Self::from_connection(error, what, Some(after))
    }

    /// Wraps a failure of a connection whose timeouts are known, or somebody else's.
    pub(crate) fn from_connection(
        error: RedisError,
        what: fmt::Arguments<'_>,
        after: Option<Duration>,
    ) -> Self {
        let detail = if error.is_timeout() {
            Detail::Timeout {
                what: what.to_string(),
                after,
            }
        } else if matches!(error.kind(), redis::ErrorKind::InvalidClientConfig) {
            Detail::Configuration {
                message: error.to_string(),
            }
        } else if matches!(
            error.kind(),
            redis::ErrorKind::AuthenticationFailed
                | redis::ErrorKind::Server(_)
                | redis::ErrorKind::Extension
        ) {
            Detail::Server {
                message: format!("{what} failed: {error}"),
            }
        } else {
            Detail::Connection {
                message: format!("{what} failed: {error}"),
            }
        };
        Self::new(detail)
            .with_obstacle(Obstacle::of_connection(&error))
            .with_source(error)
    }
}
