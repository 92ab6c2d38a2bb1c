//! The same ways, for calls that are awaited.

use std::sync::{Arc, OnceLock};

use redis::{Cmd, Pipeline, Value, aio::ConnectionLike};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Over,
    kept::ToGears as _,
    lent::{from_answers, reply_of},
};
use crate::{
    connect::{
        gears::{Gears, asynchronous},
        multiplexed::together,
    },
    error::{Error, Result},
    server::{known::Server, value::text},
};

/// What a server in no cluster says when it is asked about its cluster.
const NO_CLUSTER: &str = "no cluster mode";

/// Whatever leads to a server for calls that are awaited: what
/// [`register_all_async`](crate::register_all_async), `on_async`, and `on` and `pipe` of an `async fn` gear take.
///
/// `&Gears`, `&redis::Client` and `&redis::cluster::ClusterClient` (feature `cluster`) are as in
/// [`ToServer`](crate::ToServer). Lent is, as `&mut`, anything that is [`redis::aio::ConnectionLike`]: a
/// `MultiplexedConnection`, a `ConnectionManager`, the connection of a pool such as deadpool-redis, a cluster's. What
/// other pools hand out, bb8-redis for one, is a guard: lend `&mut *guard`. Mind that those wait half a second for a reply unless they are told otherwise.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Result, aio::ToServer, embedded, gear_command, redis, register_all_async};
///
/// #[gear_command]
/// async fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// async fn doubled<'a>(server: impl ToServer<'a>) -> Result<i64> {
///     double::on(server).call(21).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// let server = embedded::Server::start()?;
/// let client = redis::Client::open(server.url())?;
/// # let minute = Some(std::time::Duration::from_secs(60));
/// # let config = redis::AsyncConnectionConfig::new().set_response_timeout(minute);
/// let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
/// register_all_async(&mut connection).await?;
/// assert_eq!(doubled(&mut connection).await?, 42);
/// assert_eq!(doubled(&client).await?, 42);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no way to a server for a call that is awaited",
    label = "gears are awaited over `&Gears`, `&redis::Client` or a `&mut` connection that is async",
    note = "an async connection of redis-rs or of a pool is lent as `&mut connection`, or `&mut *guard` where a pool hands out a guard",
    note = "a connection that blocks goes with what waits: `register_all`, `on`, a gear that is a plain `fn`",
    note = "`&redis::cluster::ClusterClient` takes the feature `cluster` of gears-runtime"
)]
pub trait ToServer<'a>: Sealed {
    /// Makes what calls go over.
    #[doc(hidden)]
    fn into_way(self) -> Way<'a>;
}

/// Seals [`ToServer`]: what a way is may change.
pub trait Sealed {}

/// What calls go over that are awaited.
#[doc(hidden)]
pub type Way<'a> = Over<Lent<'a>>;

/// A connection that somebody lends, with what is known about its server.
#[doc(hidden)]
pub struct Lent<'a> {
    connection: Mutex<&'a mut (dyn ConnectionLike + Send + 'a)>,
    server: OnceLock<Server>,
    /// Whether that is in no cluster, as far as it tells.
    alone: OnceLock<bool>,
}

impl Sealed for &Gears {}
impl Sealed for &asynchronous::Gears {}
impl Sealed for &redis::Client {}
#[cfg(feature = "cluster")]
impl Sealed for &redis::cluster::ClusterClient {}
#[diagnostic::do_not_recommend]
impl<C: ConnectionLike + Send> Sealed for &mut C {}

impl<'a> ToServer<'a> for &Gears {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.clone())
    }
}

impl<'a> ToServer<'a> for &asynchronous::Gears {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.inner.clone())
    }
}

impl<'a> ToServer<'a> for &redis::Client {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.to_gears())
    }
}

#[cfg(feature = "cluster")]
impl<'a> ToServer<'a> for &redis::cluster::ClusterClient {
    fn into_way(self) -> Way<'a> {
        Way::Ours(self.to_gears())
    }
}

#[diagnostic::do_not_recommend]
impl<'a, C: ConnectionLike + Send> ToServer<'a> for &'a mut C {
    fn into_way(self) -> Way<'a> {
        Way::Lent(Arc::new(Lent {
            connection: Mutex::new(self),
            server: OnceLock::new(),
            alone: OnceLock::new(),
        }))
    }
}

impl Way<'_> {
    /// Sends commands in one go and awaits one reply for each.
    pub(crate) async fn pipeline(&self, commands: Vec<Cmd>, what: &str) -> Result<Vec<Value>> {
        let commands = together(commands);
        match self {
            Self::Ours(gears) => gears.pipeline_async(&commands, what).await,
            Self::Lent(lent) => lent.pipeline(&commands, what).await,
        }
    }
}

impl<'a> Lent<'a> {
    async fn lock(&self) -> MutexGuard<'_, &'a mut (dyn ConnectionLike + Send + 'a)> {
        self.connection.lock().await
    }

    /// Asks what is at the other end, once.
    ///
    /// # Errors
    ///
    /// It cannot be asked.
    pub(crate) async fn server(&self) -> Result<Server> {
        if let Some(server) = self.server.get() {
            return Ok(*server);
        }
        let server = server_of(&mut **self.lock().await).await?;
        Ok(*self.server.get_or_init(|| server))
    }

    /// Sends a command and awaits the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// The connection broke, or nothing came in the time that it gives.
    pub(crate) async fn send(&self, command: &Cmd, what: &str) -> Result<Value> {
        let mut connection = self.lock().await;
        reply_of(
            connection.req_packed_command(command).await,
            format_args!("{what}"),
        )
    }

    /// Sends commands in one go and awaits one reply for each.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub(crate) async fn pipeline(&self, commands: &Pipeline, what: &str) -> Result<Vec<Value>> {
        pipeline(&mut **self.lock().await, commands, what).await
    }

    /// Sends commands with keys: together, but not over what may be a cluster's connection.
    ///
    /// That one sends all of a pipeline again when one of its commands was for another node.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub(crate) async fn pipeline_by_key(
        &self,
        commands: &Pipeline,
        what: &str,
    ) -> Result<Vec<Value>> {
        let mut connection = self.lock().await;
        let is_alone = match self.alone.get() {
            Some(alone) => *alone,
            None => {
                let question = redis::cmd("RG.INFOCLUSTER");
                let told = connection.req_packed_command(&question);
                let alone = matches!(told.await, Ok(reply) if text(&reply) == Some(NO_CLUSTER));
                *self.alone.get_or_init(|| alone)
            }
        };
        if is_alone {
            pipeline(&mut **connection, commands, what).await
        } else {
            one_by_one(&mut **connection, commands, what).await
        }
    }
}

/// Asks what is at the other end of a connection.
pub(crate) async fn server_of(
    connection: &mut (impl ConnectionLike + Send + ?Sized),
) -> Result<Server> {
    let what = "asking what the server is";
    let replies = pipeline(connection, &together(Server::questions()), what).await?;
    from_answers(&replies)
}

/// Sends commands together, or one after another where redis-rs refuses to: it wants those of a cluster to be for one slot.
async fn pipeline(
    connection: &mut (impl ConnectionLike + Send + ?Sized),
    commands: &Pipeline,
    what: &str,
) -> Result<Vec<Value>> {
    let sent = connection.req_packed_commands(commands, 0, commands.len());
    match sent.await {
        Ok(replies) => Ok(replies),
        // Nothing has been sent.
        Err(error) if error.code() == Some("CROSSSLOT") => {
            one_by_one(connection, commands, what).await
        }
        Err(error) => Err(Error::from_connection(error, format_args!("{what}"), None)),
    }
}

async fn one_by_one(
    connection: &mut (impl ConnectionLike + Send + ?Sized),
    commands: &Pipeline,
    what: &str,
) -> Result<Vec<Value>> {
    let mut replies = Vec::with_capacity(commands.len());
    for command in commands.cmd_iter() {
        let reply = connection.req_packed_command(command).await;
        replies.push(reply_of(reply, format_args!("{what}"))?);
    }
    Ok(replies)
}
