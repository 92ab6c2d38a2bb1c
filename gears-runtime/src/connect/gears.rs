//! The connection to a server: from a URL or from a `redis::Client`, cheap to clone.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
pub(crate) mod builder;
#[cfg(feature = "cluster")]
mod cluster_client;
#[cfg(feature = "local")]
mod local;
pub(crate) mod memory;
mod naming;
mod reach;
pub(crate) mod redis_connection;
mod sharing;
pub(crate) mod timeouts;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{Client, IntoConnectionInfo};

use self::{
    builder::{GearsBuilder, client_of},
    memory::Memory,
    naming::Plain,
    timeouts::{Patience, Timeouts},
};
use super::{
    cluster::Found,
    node::{Limits, Node},
};
use crate::{error::Result, gear::naming::Naming};

/// Connects to a server that runs gears.
///
/// A clone is cheap and shares the connections; all methods take `&self`, and
/// threads can use one value together. Sync calls take turns on a pool of
/// connections, async calls (feature `aio`) share multiplexed ones. After a
/// failure the next call connects again.
///
/// The first connection tells whether the server belongs to a cluster. In a cluster, gears are
/// registered on all primaries, at once where the module shares what is registered among them; a
/// gear with a `key` runs where its key is, the others run on the primaries in turn; listings are
/// those of all primaries, and what a setting is set to, it is on all of them. When slots move or a replica takes over, calls follow: a call that cannot have
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
    naming: Naming,
}

struct Shared {
    /// Where to begin; the first one has the client that was given.
    seeds: Vec<Arc<Node>>,
    limits: Limits,
    found: OnceLock<Found>,
    plain: Plain,
    memory: Memory,
}

impl Gears {
    /// Connects to the server at `url`, at once, or to the cluster that it belongs to.
    ///
    /// | URL | server |
    /// | --- | --- |
    /// | `redis://host:port/database` | TCP; `:port` and `/database` may be left out |
    /// | `redis://user:password@host` | with a user and a password |
    /// | `rediss://host` | with TLS (feature `tls`) |
    /// | `unix:///path?db=1&user=…&pass=…` | a unix socket |
    ///
    /// # Errors
    ///
    /// A URL that makes no sense is [`Configuration`](crate::ErrorKind::Configuration); a server
    /// that is not there or refuses is [`Connection`](crate::ErrorKind::Connection),
    /// [`Timeout`](crate::ErrorKind::Timeout) or [`Server`](crate::ErrorKind::Server).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{ErrorKind, Gears};
    ///
    /// let error = Gears::connect("http://example.org/").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Configuration);
    /// ```
    pub fn connect(url: impl IntoConnectionInfo) -> Result<Self> {
        Self::builder(url)?.connect()
    }

    /// Connects to the server at `url` for async calls, at once.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?;
    /// assert!(gears.aio().dump_registrations().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn connect_async(url: impl IntoConnectionInfo) -> Result<Self> {
        Self::builder(url)?.connect_async().await
    }

    /// Starts a connection with timeouts and sizes of its own.
    ///
    /// # Errors
    ///
    /// A URL that makes no sense is [`Configuration`](crate::ErrorKind::Configuration).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use gears_runtime::Gears;
    ///
    /// let gears = Gears::builder("redis://127.0.0.1/")?
    ///     .response_timeout(Duration::from_secs(2))
    ///     .connect()?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn builder(url: impl IntoConnectionInfo) -> Result<GearsBuilder> {
        client_of(url).map(GearsBuilder::new)
    }

    /// Starts a connection to another server, with the same timeouts and sizes.
    pub(crate) fn builder_for(&self, client: Client) -> GearsBuilder {
        GearsBuilder {
            timeouts: self.timeouts,
            limits: self.shared.limits,
            naming: self.naming.clone(),
            ..GearsBuilder::new(client)
        }
    }

    /// Returns the same connection with another time to wait for the reply of a gear.
    ///
    /// Clones made before keep theirs.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let patient = gears.clone().with_response_timeout(Duration::from_secs(120));
    /// patient.network_test()?; // `gears` still waits for 30 seconds
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let gears = gears.with_execute_timeout(Duration::from_millis(100));
    /// let slow = Script::from_source("import time; time.sleep(0.5)");
    /// assert!(gears.execute(&slow).unwrap_err().is_timeout());
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # use gears_runtime::Gears;
    /// let gears = Gears::builder("redis://user:secret@10.0.0.1:7000/")?.build();
    /// assert_eq!(gears.client().get_connection_info().addr().to_string(), "10.0.0.1:7000");
    /// # Ok::<(), gears_runtime::Error>(())
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
            naming: self.naming.clone(),
        }
    }
}

impl GearsBuilder {
    /// Makes the [`Gears`] without connecting; the first call connects.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::Gears;
    /// let gears = Gears::builder("redis://127.0.0.1:1/")?.build();
    /// assert!(gears.dump_registrations().unwrap_err().is_connection(), "nothing is there");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn build(self) -> Gears {
        let limits = self.limits;
        let clients = std::iter::once(self.client).chain(self.others);
        Gears {
            shared: Arc::new(Shared {
                seeds: clients.map(|client| Node::new(client, limits)).collect(),
                limits,
                found: OnceLock::new(),
                plain: Plain::default(),
                memory: Memory::new(self.register_again),
            }),
            timeouts: self.timeouts,
            only: None,
            naming: self.naming,
        }
    }

    /// Connects, for sync calls.
    ///
    /// # Errors
    ///
    /// As [`Gears::connect`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.connect()?;
    /// assert!(gears.info_cluster()?.is_none());
    ///
    /// let nowhere = Gears::builder("redis://127.0.0.1:1/")?;
    /// assert!(nowhere.connect().unwrap_err().is_connection());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn connect(self) -> Result<Gears> {
        let gears = self.build();
        gears.reach()?;
        Ok(gears)
    }

    /// Connects, for async calls.
    ///
    /// # Errors
    ///
    /// As [`Gears::connect`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.max_connections(4).connect_async().await?;
    /// let gears = gears.aio();
    /// let (stats, plugins) = tokio::join!(gears.py_stats(), gears.dump_plugins());
    /// assert!(stats.is_ok() && plugins.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn connect_async(self) -> Result<Gears> {
        let gears = self.build();
        gears.reach_async().await?;
        Ok(gears)
    }
}

/// Uses an existing client; nothing is sent before the first call.
impl From<Client> for Gears {
    fn from(client: Client) -> Self {
        GearsBuilder::new(client).build()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn shared_by_threads<T: Send + Sync + 'static>() {}

    #[test]
    fn threads_can_share_it() {
        shared_by_threads::<Gears>();
        shared_by_threads::<Error>();
        shared_by_threads::<crate::Registered>();
        #[cfg(feature = "embedded")]
        shared_by_threads::<crate::testing::embedded::Server>();
    }

    #[test]
    fn wrong_addresses_are_told_apart() {
        for (url, kind) in [
            ("", ErrorKind::Configuration),
            ("127.0.0.1:6379", ErrorKind::Configuration),
            ("redis://127.0.0.1/one", ErrorKind::Configuration),
            ("redis://127.0.0.1:1/", ErrorKind::Connection),
            ("unix:///no/such/socket", ErrorKind::Connection),
        ] {
            let error = Gears::connect(url).unwrap_err();
            assert_eq!(error.kind(), kind, "{url}: {error}");
        }
    }

    #[test]
    fn refused_connection_is_told_at_once_and_every_time() {
        let gears = Gears::builder("redis://127.0.0.1:1/")
            .unwrap()
            .max_connections(1)
            .build();
        for _ in 0..3 {
            assert!(gears.reach().err().unwrap().is_connection());
        }
    }

    #[test]
    fn password_is_not_shown() {
        let gears = Gears::builder("redis://user:secret@127.0.0.1/")
            .unwrap()
            .build();
        assert!(!format!("{gears:?}").contains("secret"));
    }
}
