//! The connection to a server: from a URL or from a `redis::Client`, cheap to clone.

use std::{fmt, sync::Arc, time::Duration};

use redis::{Client, Cmd, Connection, IntoConnectionInfo, RedisResult, Value};

#[cfg(feature = "aio")]
use crate::aio::{self, Multiplexed};
use crate::{
    call::Call,
    command::Patience,
    error::{Error, Result},
    gear::Gear,
    pool::{Checkout, Pool},
    reply::Reply,
    server::Dialect,
};

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
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
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
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
}

struct Shared {
    client: Client,
    connect_timeout: Duration,
    max_connections: usize,
    pool: Pool,
    #[cfg(feature = "aio")]
    multiplexed: Multiplexed,
}

#[derive(Clone, Copy)]
struct Timeouts {
    response: Duration,
    execute: Duration,
}

impl Gears {
    /// Connects to the server at `url`, at once.
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
        let client = Client::open(url).map_err(|error| {
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
        })?;
        Ok(GearsBuilder::new(client))
    }

    /// Returns the same connection with another time to wait for the reply of a gear.
    ///
    /// Clones made before keep theirs.
    #[must_use]
    pub fn with_response_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.response = timeout;
        self
    }

    /// Returns the same connection with another time to wait for a script and its requirements.
    ///
    /// Clones made before keep theirs.
    #[must_use]
    pub fn with_execute_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.execute = timeout;
        self
    }

    /// Returns the client that the connections are made with.
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    /// Starts a connection to another server, with the same timeouts and sizes.
    pub(crate) fn builder_for(&self, client: Client) -> GearsBuilder {
        GearsBuilder {
            timeouts: self.timeouts,
            connect_timeout: self.shared.connect_timeout,
            max_connections: self.shared.max_connections,
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

    pub(crate) fn checkout(&self) -> Result<Checkout<'_>> {
        self.shared
            .pool
            .checkout(&self.shared.client, self.timeouts.response)
    }

    /// Calls a gear and returns its reply.
    pub(crate) fn call(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let mut connection = self.checkout()?;
        let mut call = Call::new(gear, connection.dialect());
        encode(&mut call)?;
        let value =
            connection.request(&call.into_command(), gear.trigger(), self.timeouts.response)?;
        Reply::from_value(value, gear)
    }

    /// Talks over one connection about calls of a trigger.
    pub(crate) fn stream(
        &self,
        trigger: &str,
        talk: impl FnOnce(&mut Connection, Dialect) -> RedisResult<()>,
    ) -> Result<()> {
        let mut connection = self.checkout()?;
        let dialect = connection.dialect();
        connection.exchange(
            format_args!("calling `{trigger}`"),
            self.timeouts.response,
            |connection| talk(connection, dialect),
        )
    }

    /// Sends commands in one go, each with the time that a script may take.
    pub(crate) fn pipeline(&self, commands: &[Cmd], what: &str) -> Result<Vec<Value>> {
        self.checkout()?
            .pipeline(commands, what, self.timeouts.execute)
    }
}

#[cfg(feature = "aio")]
impl Gears {
    /// Takes an async connection; `blocks` says whether the server may make it wait.
    pub(crate) async fn checkout_async(&self, blocks: bool) -> Result<aio::Checkout<'_>> {
        let shared = &self.shared;
        shared.multiplexed.checkout(&shared.client, blocks).await
    }

    /// Calls a gear and awaits its reply.
    pub(crate) async fn call_async(
        &self,
        gear: &'static Gear,
        encode: impl FnOnce(&mut Call) -> Result<()>,
    ) -> Result<Reply> {
        let shared = &self.shared;
        // A client that waits for a worker holds up what is queued behind it.
        let blocks = gear.mode() != crate::gear::Mode::Sync;
        let mut connection = shared.multiplexed.checkout(&shared.client, blocks).await?;
        let mut call = Call::new(gear, connection.dialect());
        encode(&mut call)?;
        let command = call.into_command();
        let value = connection
            .request(&command, gear.trigger(), self.timeouts.response)
            .await?;
        Reply::from_value(value, gear)
    }

    /// Sends calls of a trigger in one go.
    pub(crate) async fn chunk_async(
        &self,
        connection: &mut aio::Checkout<'_>,
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
        let shared = &self.shared;
        let mut connection = shared.multiplexed.checkout(&shared.client, true).await?;
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
                &self.shared.client.get_connection_info().addr().to_string(),
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
#[derive(Clone, Debug)]
pub struct GearsBuilder {
    client: Client,
    connect_timeout: Duration,
    timeouts: Timeouts,
    max_connections: usize,
}

impl GearsBuilder {
    /// Starts from an existing client, such as one with certificates of its own.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            connect_timeout: CONNECT_TIMEOUT,
            timeouts: Timeouts {
                response: RESPONSE_TIMEOUT,
                execute: EXECUTE_TIMEOUT,
            },
            max_connections: MAX_CONNECTIONS,
        }
    }

    /// Sets how long connecting may take: 5 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long a gear may take to reply: 30 seconds unless set.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.response = timeout;
        self
    }

    /// Sets how long a script and the installation of its requirements may take: 10 minutes unless set.
    #[must_use]
    pub fn execute_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.execute = timeout;
        self
    }

    /// Sets how many connections may be open at a time, for sync and for async calls each: 16 unless set.
    #[must_use]
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max;
        self
    }

    /// Makes the [`Gears`] without connecting; the first call connects.
    pub fn build(self) -> Gears {
        #[cfg(feature = "tls")]
        crate::tls::prepare(&self.client);
        Gears {
            shared: Arc::new(Shared {
                client: self.client,
                connect_timeout: self.connect_timeout,
                max_connections: self.max_connections,
                pool: Pool::new(self.max_connections, self.connect_timeout),
                #[cfg(feature = "aio")]
                multiplexed: Multiplexed::new(self.max_connections, self.connect_timeout),
            }),
            timeouts: self.timeouts,
        }
    }

    /// Connects, for sync calls.
    ///
    /// # Errors
    ///
    /// As [`Gears::connect`].
    pub fn connect(self) -> Result<Gears> {
        let gears = self.build();
        gears.checkout()?;
        Ok(gears)
    }

    /// Connects, for async calls.
    ///
    /// # Errors
    ///
    /// As [`Gears::connect`].
    #[cfg(feature = "aio")]
    pub async fn connect_async(self) -> Result<Gears> {
        let gears = self.build();
        let shared = &gears.shared;
        shared.multiplexed.checkout(&shared.client, false).await?;
        Ok(gears)
    }
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
        shared_by_threads::<crate::embedded::Server>();
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
            assert!(gears.checkout().err().unwrap().is_connection());
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
