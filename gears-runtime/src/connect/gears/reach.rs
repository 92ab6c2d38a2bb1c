//! What is reached over a [`Gears`], and plain talk with it.

#[cfg(feature = "aio")]
use redis::Pipeline;
use redis::{Cmd, Connection, RedisResult, Value};

use super::Gears;
#[cfg(feature = "aio")]
use crate::connect::multiplexed;
use crate::{
    connect::{
        cluster::{self, Found, Reach},
        node::Node,
    },
    error::{Error, Result},
    server::known::Server,
};

impl Gears {
    /// Returns what a call is sent to; the first time, that is found out.
    pub(crate) fn reach(&self) -> Result<Reach<'_>> {
        if let Some(known) = self.known_reach() {
            return Ok(known);
        }
        let shared = &*self.shared;
        match cluster::refresh::discover(&shared.seeds, shared.limits, self.timeouts.response)? {
            Ok(found) => Ok(Reach::from(shared.found.get_or_init(|| found))),
            Err(place) => Ok(Reach::One(&shared.seeds[place])),
        }
    }

    fn known_reach(&self) -> Option<Reach<'_>> {
        match &self.only {
            Some(node) => Some(Reach::One(node)),
            None => self.shared.found.get().map(Reach::from),
        }
    }

    /// Tells whether the server is known to be part of no cluster.
    pub(crate) fn is_alone(&self) -> bool {
        self.only.is_none() && matches!(self.shared.found.get(), Some(Found::Alone(_)))
    }

    /// Returns one node, for what stays with it from the beginning to the end.
    pub(crate) fn settled(&self) -> Result<Option<Self>> {
        match self.reach()? {
            Reach::One(_) => Ok(None),
            Reach::Many(cluster) => Ok(Some(self.at(cluster.settle(self.timeouts.response)?))),
        }
    }

    /// Sends calls in one go and returns one reply for each.
    pub(crate) fn chunk(&self, commands: &[Cmd], trigger: &str) -> Result<Vec<Value>> {
        let what = format!("calling `{trigger}`");
        let mut connection = self.node()?.checkout(self.timeouts.response)?;
        connection.pipeline(commands, &what, self.timeouts.response)
    }

    /// Opens a connection of its own to the server, or to one shard of the cluster.
    pub(crate) fn apart(&self) -> Result<Connection> {
        let settled = self.settled()?;
        settled.as_ref().unwrap_or(self).node()?.connect()
    }

    fn node(&self) -> Result<&Node> {
        match self.reach()? {
            Reach::One(node) => Ok(node),
            Reach::Many(_) => Err(Error::configuration(
                "this has to be sent to one shard of the cluster: see `Gears::shards`",
            )),
        }
    }

    /// Talks over one connection about calls of a trigger.
    pub(crate) fn stream(
        &self,
        trigger: &str,
        talk: impl FnOnce(&mut Connection, Server) -> RedisResult<()>,
    ) -> Result<()> {
        let mut connection = self.node()?.checkout(self.timeouts.response)?;
        let server = connection.server();
        connection.exchange(
            format_args!("calling `{trigger}`"),
            self.timeouts.response,
            |connection| talk(connection, server),
        )
    }

    /// Sends commands in one go, each with the time that a script may take.
    pub(crate) fn pipeline(&self, commands: &[Cmd], what: &str) -> Result<Vec<Value>> {
        self.node()?.checkout(self.timeouts.response)?.pipeline(
            commands,
            what,
            self.timeouts.execute,
        )
    }
}

#[cfg(feature = "aio")]
impl Gears {
    /// Returns what a call is sent to, as [`reach`](Self::reach) does.
    pub(crate) async fn reach_async(&self) -> Result<Reach<'_>> {
        if let Some(known) = self.known_reach() {
            return Ok(known);
        }
        let shared = &*self.shared;
        // Once, so its room is no part of the future of every call.
        let discovered = Box::pin(cluster::refresh::discover_async(
            &shared.seeds,
            shared.limits,
        ));
        match discovered.await? {
            Ok(found) => Ok(Reach::from(shared.found.get_or_init(|| found))),
            Err(place) => Ok(Reach::One(&shared.seeds[place])),
        }
    }

    /// Returns one node, as [`settled`](Self::settled) does.
    pub(crate) async fn settled_async(&self) -> Result<Option<Self>> {
        match self.reach_async().await? {
            Reach::One(_) => Ok(None),
            Reach::Many(cluster) => Ok(Some(self.at(cluster.settle_async().await?))),
        }
    }

    /// Takes an async connection; `blocks` says whether the server may make it wait.
    pub(crate) async fn checkout_async(&self, blocks: bool) -> Result<multiplexed::Checkout<'_>> {
        self.reach_async().await?;
        self.node()?.checkout_async(blocks).await
    }

    /// Sends calls of a trigger in one go.
    pub(crate) async fn chunk_async(
        &self,
        connection: &mut multiplexed::Checkout<'_>,
        commands: &Pipeline,
        trigger: &str,
    ) -> Result<Vec<Value>> {
        let what = format!("calling `{trigger}`");
        connection
            .pipeline(commands, &what, self.timeouts.response)
            .await
    }

    /// Sends commands in one go, on a connection of their own: a script may take long.
    pub(crate) async fn pipeline_async(
        &self,
        commands: &Pipeline,
        what: &str,
    ) -> Result<Vec<Value>> {
        let mut connection = self.checkout_async(true).await?;
        connection
            .pipeline(commands, what, self.timeouts.execute)
            .await
    }
}
