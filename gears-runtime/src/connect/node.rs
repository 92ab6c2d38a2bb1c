//! One server with the connections to it.

use std::{fmt, sync::Arc, time::Duration};

use redis::{Client, Cmd, Connection, Value};

#[cfg(feature = "aio")]
use super::multiplexed::{self, Multiplexed};
use super::{
    overseer::Overseer,
    pool::{self, Pool, Purpose},
};
use crate::error::{Error, Result};

/// A server and its connections, for sync and for async calls.
pub(crate) struct Node {
    /// Whom connections are made to.
    target: Client,
    /// Whose data functions use: the same, but where they run beside the server.
    client: Client,
    pool: Pool,
    connect_timeout: Duration,
    #[cfg(feature = "aio")]
    multiplexed: Multiplexed,
}

/// What bounds the connections to each server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect_timeout: Duration,
    pub(crate) max_connections: usize,
}

impl Node {
    /// Makes a node without connecting.
    pub(crate) fn new(client: Client, limits: Limits) -> Arc<Self> {
        #[cfg(feature = "tls")]
        crate::connect::tls::prepare(&client);
        Self::overseen(client.clone(), client, limits, &Overseer::default())
    }

    /// Makes a node of a process of ours, whose functions use the server behind `client`.
    pub(crate) fn overseen(
        target: Client,
        client: Client,
        limits: Limits,
        overseer: &Overseer,
    ) -> Arc<Self> {
        let Limits {
            connect_timeout,
            max_connections,
        } = limits;
        Arc::new(Self {
            target,
            client,
            connect_timeout,
            pool: Pool::new(max_connections, connect_timeout, overseer.clone()),
            #[cfg(feature = "aio")]
            multiplexed: Multiplexed::new(max_connections, connect_timeout, overseer.clone()),
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a connection that is nobody else's, and whose replies take no longer than connecting.
    pub(crate) fn connect(&self) -> Result<Connection> {
        let time = self.connect_timeout;
        let failed = |error| Error::from_connecting(error, &self.target, time);
        let connection = self
            .target
            .get_connection_with_timeout(time)
            .map_err(failed)?;
        connection.set_read_timeout(Some(time)).map_err(failed)?;
        connection.set_write_timeout(Some(time)).map_err(failed)?;
        Ok(connection)
    }

    /// Lends a connection for sync calls; when that fails, nothing was sent.
    pub(crate) fn checkout(&self, patience: Duration) -> Result<pool::Checkout<'_>> {
        self.pool.checkout(&self.target, patience)
    }

    /// Lends a connection for sync calls, with the reply to a command that a new one is greeted with.
    pub(crate) fn checkout_and_ask(
        &self,
        patience: Duration,
        question: &Cmd,
        what: Purpose<'_>,
    ) -> Result<(pool::Checkout<'_>, Value)> {
        let client = &self.target;
        self.pool.checkout_and_ask(client, patience, question, what)
    }

    /// Lends an async connection, as [`checkout_and_ask`](Self::checkout_and_ask) does.
    #[cfg(feature = "aio")]
    pub(crate) async fn checkout_and_ask_async(
        &self,
        question: &Cmd,
        what: Purpose<'_>,
    ) -> Result<(multiplexed::Checkout<'_>, Value)> {
        let client = &self.target;
        let asked = self.multiplexed.checkout_and_ask(client, question, what);
        asked.await
    }

    /// Lends an async connection; `blocks` says whether the server may make it wait.
    #[cfg(feature = "aio")]
    pub(crate) async fn checkout_async(&self, blocks: bool) -> Result<multiplexed::Checkout<'_>> {
        self.multiplexed.checkout(&self.target, blocks).await
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own output would show the password.
        let address = self.client.get_connection_info().addr().to_string();
        f.debug_tuple("Node").field(&address).finish()
    }
}
