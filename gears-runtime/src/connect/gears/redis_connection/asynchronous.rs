//! The same connection, for commands that are awaited.

use redis::{
    Cmd, Pipeline, RedisFuture, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};

use crate::{
    connect::gears::asynchronous::Gears,
    error::{Error, Result},
};

/// A connection for ordinary commands, made by [`aio::Gears::redis_connection`](Gears::redis_connection).
///
/// A clone shares it.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::redis::AsyncCommands as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> gears_runtime::Result<()> {
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let mut redis = gears.aio().redis_connection().await?;
/// redis.set("greeting", "hello").await.unwrap_or(());
/// assert_eq!(redis.get("greeting").await, Ok("hello".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisConnection(Way);

#[derive(Clone)]
enum Way {
    Alone(MultiplexedConnection),
    #[cfg(feature = "cluster-async")]
    Cluster(redis::cluster_async::ClusterConnection),
}

impl Gears {
    /// Opens a connection for ordinary commands.
    ///
    /// In a cluster it needs the feature `cluster-async`.
    ///
    /// # Errors
    ///
    /// As [`Gears::redis_connection`](crate::Gears::redis_connection).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::redis;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let mut redis = gears.aio().redis_connection().await?;
    /// assert_eq!(redis::cmd("PING").query_async(&mut redis).await, Ok("PONG".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn redis_connection(&self) -> Result<RedisConnection> {
        let gears = &self.inner;
        if gears.only.is_none() && self.is_cluster().await? {
            return self.cluster_connection().await;
        }
        let (client, timeout) = (gears.client(), gears.response_timeout());
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout));
        let connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await;
        let connection =
            connection.map_err(|error| Error::from_connecting(error, client, timeout))?;
        Ok(RedisConnection(Way::Alone(connection)))
    }

    #[cfg(feature = "cluster-async")]
    async fn cluster_connection(&self) -> Result<RedisConnection> {
        let timeout = self.inner.response_timeout();
        let failed =
            |error| Error::from_redis(error, format_args!("connecting to the cluster"), timeout);
        let client = self.inner.cluster_client().map_err(failed)?;
        let connection = client.get_async_connection().await.map_err(failed)?;
        Ok(RedisConnection(Way::Cluster(connection)))
    }

    #[cfg(not(feature = "cluster-async"))]
    async fn cluster_connection(&self) -> Result<RedisConnection> {
        Err(super::lacks("cluster-async"))
    }
}

impl ConnectionLike for RedisConnection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match &mut self.0 {
            Way::Alone(connection) => connection.req_packed_command(command),
            #[cfg(feature = "cluster-async")]
            Way::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match &mut self.0 {
            Way::Alone(connection) => connection.req_packed_commands(pipeline, offset, count),
            #[cfg(feature = "cluster-async")]
            Way::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match &self.0 {
            Way::Alone(connection) => connection.get_db(),
            #[cfg(feature = "cluster-async")]
            Way::Cluster(connection) => connection.get_db(),
        }
    }
}
