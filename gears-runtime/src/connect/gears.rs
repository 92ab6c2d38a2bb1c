//! The connection to a server: from a URL or from a `redis::Client`, cheap to clone.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use redis::{Client, Cmd, Connection, IntoConnectionInfo, RedisResult, Value};

#[cfg(feature = "aio")]
use super::multiplexed;
use super::{
    cluster::{self, Found, Reach},
    node::{Limits, Node},
};
use crate::{
    call::called::Called,
    command::request::Patience,
    error::{Error, Result},
    gear::descriptor::Gear,
    server::known::Server,
    wire::{call::Call, reply::Reply},
};

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
#[cfg(feature = "local")]
mod local;

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
const EXECUTE_TIMEOUT: Duration = Duration::from_secs(600);
const MAX_CONNECTIONS: usize = 16;

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

#[derive(Clone, Copy)]
struct Timeouts {
    response: Duration,
    execute: Duration,
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

    /// Starts a connection to another server, with the same timeouts and sizes.
    pub(crate) fn builder_for(&self, client: Client) -> GearsBuilder {
        GearsBuilder {
            timeouts: self.timeouts,
            limits: self.shared.limits,
            ..GearsBuilder::new(client)
        }
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

    /// Calls a gear and returns its reply.
    pub(crate) fn call(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let node = match self.reach()? {
            Reach::One(node) => node,
            Reach::Many(cluster) => {
                let mut call = Call::new(gear, cluster.map().server);
                encode(&mut call)?;
                let reply = cluster.call(gear, &call.into_command(), self.timeouts.response)?;
                return self.replied(reply, gear, cluster.map().server);
            }
        };
        let mut connection = node.checkout(self.timeouts.response)?;
        let mut call = Call::new(gear, connection.server());
        encode(&mut call)?;
        let value =
            connection.request(&call.into_command(), gear.trigger(), self.timeouts.response)?;
        self.replied(value, gear, connection.server())
    }

    /// Takes the reply to a call; an exception is told what was called.
    fn replied(&self, value: Value, gear: &'static Gear, server: Server) -> Result<Reply> {
        Reply::from_value(value, gear)
            .map_err(|error| error.within(|| self.called(gear, server).to_string()))
    }

    /// Names a call of a gear, for errors.
    pub(crate) fn called(&self, gear: &'static Gear, server: Server) -> Called {
        let address = self.client().get_connection_info().addr().to_string();
        Called::new(gear, server, address)
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

    /// Calls a gear and awaits its reply.
    pub(crate) async fn call_async(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        // A client that waits for a worker holds up what is queued behind it.
        let blocks = gear.mode() != crate::gear::descriptor::Mode::Sync;
        let node = match self.reach_async().await? {
            Reach::One(node) => node,
            Reach::Many(cluster) => {
                let mut call = Call::new(gear, cluster.map().server);
                encode(&mut call)?;
                let command = call.into_command();
                let timeout = self.timeouts.response;
                let reply = cluster.call_async(gear, &command, timeout).await?;
                return self.replied(reply, gear, cluster.map().server);
            }
        };
        let mut connection = node.checkout_async(blocks).await?;
        let mut call = Call::new(gear, connection.server());
        encode(&mut call)?;
        let command = call.into_command();
        let value = connection
            .request(&command, gear.trigger(), self.timeouts.response)
            .await?;
        self.replied(value, gear, connection.server())
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
    client: Client,
    others: Vec<Client>,
    timeouts: Timeouts,
    limits: Limits,
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

impl fmt::Debug for Timeouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} for a gear, {:?} for a script",
            self.response, self.execute
        )
    }
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
