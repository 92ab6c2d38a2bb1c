//! A connection for ordinary commands, to the server or the cluster that gears run in.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;

use redis::{Cmd, ConnectionLike, RedisResult, Value};

use super::Gears;
use crate::error::{Error, Result};

/// A connection for ordinary commands, made by [`Gears::redis_connection`].
///
/// Whatever redis-rs does over a `redis::Connection`, it does over this: `redis::Commands`,
/// `redis::cmd`, pipelines. It is of the caller alone; gears have others.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::redis::Commands as _;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let mut redis = gears.redis_connection()?;
/// redis.set("greeting", "hello").unwrap_or(());
/// assert_eq!(redis.get("greeting"), Ok("hello".to_owned()));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct RedisConnection(Box<dyn ConnectionLike + Send>);

impl Gears {
    /// Opens a connection for ordinary commands.
    ///
    /// In a cluster each command goes to the shard of its keys, and follows when slots move (feature
    /// `cluster`, which brings the cluster connection of redis-rs); on a server that is alone it is
    /// a connection of [`client`](Self::client).
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect), and [`Unsupported`](crate::ErrorKind::Unsupported) in a cluster without the
    /// feature.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{function::KeysReader, redis::Commands as _};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let mut redis = gears.redis_connection()?;
    /// for name in ["a", "b", "c"] {
    ///     redis.set(name, 1).unwrap_or(());
    /// }
    /// assert_eq!(KeysReader::new("*").count().run().on(&gears)?.into_one()?, 3);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn redis_connection(&self) -> Result<RedisConnection> {
        if self.only.is_none() && self.is_cluster()? {
            return self.cluster_connection();
        }
        let (client, timeout) = (self.client(), self.response_timeout());
        let connection = client.get_connection_with_timeout(timeout);
        let connection =
            connection.map_err(|error| Error::from_connecting(error, client, timeout))?;
        Ok(RedisConnection(Box::new(connection)))
    }

    #[cfg(feature = "cluster")]
    fn cluster_connection(&self) -> Result<RedisConnection> {
        let timeout = self.response_timeout();
        let failed =
            |error| Error::from_redis(error, format_args!("connecting to the cluster"), timeout);
        let connection = self
            .cluster_client()
            .and_then(|client| client.get_connection());
        Ok(RedisConnection(Box::new(connection.map_err(failed)?)))
    }

    /// Makes a client of redis-rs for the same cluster.
    #[cfg(feature = "cluster")]
    fn cluster_client(&self) -> RedisResult<redis::cluster::ClusterClient> {
        let seeds = self.shared.seeds.iter();
        let infos = seeds.map(|seed| seed.client().get_connection_info().clone());
        redis::cluster::ClusterClientBuilder::new(infos)
            .connection_timeout(self.response_timeout())
            .response_timeout(self.response_timeout())
            .build()
    }

    #[cfg(not(feature = "cluster"))]
    fn cluster_connection(&self) -> Result<RedisConnection> {
        Err(lacks("cluster"))
    }
}

/// Says which feature ordinary commands need in a cluster.
#[cfg(not(all(
    feature = "cluster",
    any(feature = "cluster-async", not(feature = "aio"))
)))]
fn lacks(feature: &str) -> Error {
    Error::lacks(
        format!("ordinary commands without the feature `{feature}` of gears-runtime"),
        "a cluster",
        "switch it on",
    )
}

impl ConnectionLike for RedisConnection {
    fn req_packed_command(&mut self, command: &[u8]) -> RedisResult<Value> {
        self.0.req_packed_command(command)
    }

    fn req_packed_commands(
        &mut self,
        commands: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        self.0.req_packed_commands(commands, offset, count)
    }

    fn req_command(&mut self, command: &Cmd) -> RedisResult<Value> {
        self.0.req_command(command)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }

    fn supports_pipelining(&self) -> bool {
        self.0.supports_pipelining()
    }

    fn check_connection(&mut self) -> bool {
        self.0.check_connection()
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }
}
