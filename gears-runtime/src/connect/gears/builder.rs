//! How a [`Gears`] comes about: from a URL or from a `redis::Client`.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{Client, IntoConnectionInfo};

use super::{
    Gears, Shared,
    timeouts::{CONNECT_TIMEOUT, EXECUTE_TIMEOUT, RESPONSE_TIMEOUT, Timeouts},
};
use crate::{
    connect::node::{Limits, Node},
    error::{Error, Result},
};

const MAX_CONNECTIONS: usize = 16;

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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let gears = Gears::builder("redis://127.0.0.1/")?
    ///     .response_timeout(Duration::from_secs(2))
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: impl IntoConnectionInfo) -> Result<GearsBuilder> {
        client_of(url).map(GearsBuilder::new)
    }

    /// Starts a connection to another server, with the same timeouts and sizes.
    pub(crate) fn builder_for(&self, client: Client) -> GearsBuilder {
        GearsBuilder {
            timeouts: self.timeouts,
            limits: self.shared.limits,
            ..GearsBuilder::new(client)
        }
    }
}

/// Uses an existing client; nothing is sent before the first call.
impl From<Client> for Gears {
    fn from(client: Client) -> Self {
        GearsBuilder::new(client).build()
    }
}

/// Sets timeouts and sizes for a [`Gears`].
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use std::time::Duration;
/// # use gears_runtime::{Gears, embedded};
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::builder(server.url())?
///     .connect_timeout(Duration::from_secs(1))
///     .response_timeout(Duration::from_secs(2))
///     .max_connections(4)
///     .connect()?;
/// assert!(!gears.is_cluster()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GearsBuilder {
    pub(super) client: Client,
    others: Vec<Client>,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
}

impl GearsBuilder {
    /// Starts from an existing client, such as one with certificates of its own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{GearsBuilder, embedded, redis};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = embedded::Server::start()?;
    /// let client = redis::Client::open(server.url())?;
    /// let gears = GearsBuilder::new(client).connect()?;
    /// gears.network_test()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(client: Client) -> Self {
        Self {
            client,
            others: Vec::new(),
            timeouts: Timeouts {
                response: RESPONSE_TIMEOUT,
                execute: EXECUTE_TIMEOUT,
            },
            limits: Limits {
                connect_timeout: CONNECT_TIMEOUT,
                max_connections: MAX_CONNECTIONS,
            },
        }
    }

    /// Adds another node of the same cluster, to begin with when those before it are down.
    ///
    /// One node that is up is enough to find the others. Servers that are no cluster are not
    /// made one by this: the first that answers is the one that is used.
    ///
    /// # Errors
    ///
    /// A URL that makes no sense is [`Configuration`](crate::ErrorKind::Configuration).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn main() -> gears_runtime::Result<()> {
    /// let gears = gears_runtime::Gears::builder("redis://10.0.0.1/")?
    ///     .node("redis://10.0.0.2/")?
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn node(mut self, url: impl IntoConnectionInfo) -> Result<Self> {
        self.others.push(client_of(url)?);
        Ok(self)
    }

    /// Sets how long connecting may take: 5 seconds unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears};
    /// # fn main() -> gears_runtime::Result<()> {
    /// // It takes connections, and never says a word.
    /// let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// let url = format!("redis://{}/", mute.local_addr().unwrap());
    /// let builder = Gears::builder(url)?.connect_timeout(Duration::from_millis(200));
    /// assert!(builder.connect().unwrap_err().is_timeout());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = timeout;
        self
    }

    /// Sets how long a gear may take to reply: 30 seconds unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.response_timeout(Duration::from_millis(100)).connect()?;
    /// gears.execute(&Script::from_source(
    ///     "import time\n\
    ///      GB('CommandReader').map(lambda words: time.sleep(0.5)).register(trigger='nap')",
    /// ))?;
    /// assert!(gears.trigger("nap", [""]).unwrap_err().is_timeout());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.response = timeout;
        self
    }

    /// Sets how long a script and the installation of its requirements may take: 10 minutes unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// // Big packages take their time to install.
    /// let gears = Gears::builder(server.url())?.execute_timeout(Duration::from_secs(3600)).connect()?;
    /// gears.execute(&Script::from_source("import json"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn execute_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.execute = timeout;
        self
    }

    /// Sets how many connections may be open at a time, for sync and for async calls each, and to
    /// each node of a cluster: 16 unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.max_connections(1).connect()?;
    /// std::thread::scope(|scope| {
    ///     for _ in 0..8 {
    ///         scope.spawn(|| gears.py_stats().expect("they take turns on one connection"));
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn max_connections(mut self, max: usize) -> Self {
        self.limits.max_connections = max;
        self
    }

    /// Makes the [`Gears`] without connecting; the first call connects.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Gears};
    /// # fn main() -> gears_runtime::Result<()> {
    /// let gears = Gears::builder("redis://127.0.0.1:1/")?.build();
    /// assert!(gears.dump_registrations().unwrap_err().is_connection(), "nothing is there");
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Gears {
        let limits = self.limits;
        let clients = std::iter::once(self.client).chain(self.others);
        Gears {
            shared: Arc::new(Shared {
                seeds: clients.map(|client| Node::new(client, limits)).collect(),
                limits,
                found: OnceLock::new(),
            }),
            timeouts: self.timeouts,
            only: None,
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.connect()?;
    /// assert!(gears.info_cluster()?.is_none());
    ///
    /// let nowhere = Gears::builder("redis://127.0.0.1:1/")?;
    /// assert!(nowhere.connect().unwrap_err().is_connection());
    /// # Ok(())
    /// # }
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

fn client_of(url: impl IntoConnectionInfo) -> Result<Client> {
    Client::open(url).map_err(|error| {
        // What redis-rs says about its own features would mislead here.
        if !cfg!(feature = "tls") && error.to_string().contains("TLS") {
            return Error::configuration(
                "a `rediss://` URL needs the feature `tls` of gears-runtime",
            );
        }
        Error::configuration(format!(
            "the URL of the server makes no sense: {error}; write it as \
             redis://user:password@host:port/database or unix:///path"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

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
        let started = std::time::Instant::now();
        let gears = Gears::builder("redis://127.0.0.1:1/")
            .unwrap()
            .max_connections(1)
            .build();
        for _ in 0..3 {
            assert!(gears.reach().err().unwrap().is_connection());
        }
        assert!(started.elapsed() < CONNECT_TIMEOUT);
    }

    #[test]
    fn password_is_not_shown() {
        let gears = Gears::builder("redis://user:secret@127.0.0.1/")
            .unwrap()
            .build();
        assert!(!format!("{gears:?}").contains("secret"));
    }
}
