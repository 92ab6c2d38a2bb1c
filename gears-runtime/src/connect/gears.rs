//! The connection to a server: from a URL or from a `redis::Client`, cheap to clone.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
pub(crate) mod builder;
#[cfg(feature = "local")]
mod local;
pub(crate) mod timeouts;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{Client, Cmd, Connection, RedisResult, Value};

use self::timeouts::{Patience, Timeouts};
#[cfg(feature = "aio")]
use super::multiplexed;
use super::{
    cluster::{self, Found, Reach},
    node::{Limits, Node},
};
use crate::{
    error::{Error, Result},
    server::known::Server,
};

/// Connects to a server that runs gears.
///
/// A clone is cheap and shares the connections; all methods take `&self`, and
/// threads can use one value together. Sync calls take turns on a pool of
/// connections, async calls (feature `aio`) share multiplexed ones. After a
/// failure the next call connects again.
///
/// The first connection tells whether the server belongs to a cluster. In a cluster, gears are
/// registered on every primary; a gear with a `key` runs where its key is, the others run on the
/// primaries in turn; listings are those of all primaries, and what a setting is set to, it is on
/// all of them. When slots move or a replica takes over, calls follow: a call that cannot have
/// run is sent again, one that may have run is an error of the connection.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
///
/// #[gear_command]
/// fn add(left: i64, right: i64) -> Result<i64> {
///     "return left + right"
/// }
///
/// # fn main() -> Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// register_all(&gears)?;
/// assert_eq!(add(20, 22)?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Gears {
    shared: Arc<Shared>,
    timeouts: Timeouts,
    /// The only node that this one talks to, whatever cluster it is in.
    only: Option<Arc<Node>>,
}

struct Shared {
    /// Where to begin; the first one has the client that was given.
    seeds: Vec<Arc<Node>>,
    limits: Limits,
    found: OnceLock<Found>,
}

impl Gears {
    /// Returns the same connection with another time to wait for the reply of a gear.
    ///
    /// Clones made before keep theirs.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let patient = gears.clone().with_response_timeout(Duration::from_secs(120));
    /// patient.network_test()?; // `gears` still waits for 30 seconds
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_response_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.response = timeout;
        self
    }

    /// Returns the same connection with another time to wait for a script and its requirements.
    ///
    /// Clones made before keep theirs.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let gears = gears.with_execute_timeout(Duration::from_millis(100));
    /// let slow = Script::from_source("import time; time.sleep(0.5)");
    /// assert!(gears.execute(&slow).unwrap_err().is_timeout());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_execute_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.execute = timeout;
        self
    }

    /// Returns the client that the connections are made with.
    ///
    /// Of gears that run locally (feature `local`) it is the client of the server that they use.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Gears};
    /// # fn main() -> gears_runtime::Result<()> {
    /// let gears = Gears::builder("redis://user:secret@10.0.0.1:7000/")?.build();
    /// assert_eq!(gears.client().get_connection_info().addr().to_string(), "10.0.0.1:7000");
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> &Client {
        self.only.as_ref().unwrap_or(&self.shared.seeds[0]).client()
    }

    /// Returns the time that a reply may take.
    pub(crate) fn timeout(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Response | Patience::Gear => self.timeouts.response,
            Patience::Script => self.timeouts.execute,
            Patience::Within(time) => time,
        }
    }

    pub(crate) fn response_timeout(&self) -> Duration {
        self.timeouts.response
    }

    /// Returns the same connection, to one node and no other.
    pub(crate) fn at(&self, node: Arc<Node>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            timeouts: self.timeouts,
            only: Some(node),
        }
    }

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

    /// Returns one node, for what stays with it from the beginning to the end.
    pub(crate) fn settled(&self) -> Result<Option<Self>> {
        match self.reach()? {
            Reach::One(_) => Ok(None),
            Reach::Many(cluster) => Ok(Some(self.at(cluster.settle(self.timeouts.response)?))),
        }
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
        match cluster::refresh::discover_async(&shared.seeds, shared.limits).await? {
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
        commands: Vec<Cmd>,
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
        commands: Vec<Cmd>,
        what: &str,
    ) -> Result<Vec<Value>> {
        let mut connection = self.checkout_async(true).await?;
        connection
            .pipeline(commands, what, self.timeouts.execute)
            .await
    }
}

impl fmt::Debug for Gears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own output would show the password.
        f.debug_struct("Gears")
            .field(
                "address",
                &self.client().get_connection_info().addr().to_string(),
            )
            .field("response_timeout", &self.timeouts.response)
            .field("execute_timeout", &self.timeouts.execute)
            .finish_non_exhaustive()
    }
}
