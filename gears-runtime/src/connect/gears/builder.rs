//! What a [`Gears`](crate::Gears) is made with.

use std::time::Duration;

use redis::{Client, IntoConnectionInfo};
#[cfg(feature = "tls")]
use redis::{ConnectionAddr, TlsCertificates};

use super::timeouts::{CONNECT_TIMEOUT, EXECUTE_TIMEOUT, RESPONSE_TIMEOUT, Timeouts};
use crate::{
    connect::node::Limits,
    error::{Error, Result},
    gear::naming::Naming,
};

const MAX_CONNECTIONS: usize = 16;

#[cfg(feature = "tls")]
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Sets timeouts and sizes for a [`Gears`](crate::Gears).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use std::time::Duration;
/// # use gears_runtime::{Gears, embedded};
/// # let server = embedded::Server::start()?;
/// let gears = Gears::builder(server.url())?
///     .connect_timeout(Duration::from_secs(1))
///     .response_timeout(Duration::from_secs(2))
///     .max_connections(4)
///     .connect()?;
/// assert!(!gears.is_cluster()?);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GearsBuilder {
    pub(super) client: Client,
    pub(super) others: Vec<Client>,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
    pub(super) naming: Naming,
    /// Certificates, in PEM, of those who may vouch for a server.
    #[cfg(feature = "tls")]
    pub(super) roots: Option<Vec<u8>>,
    pub(super) register_again: bool,
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
            naming: Naming::default(),
            #[cfg(feature = "tls")]
            roots: None,
            register_again: true,
        }
    }

    /// Names the application whose gears are registered over the connection.
    ///
    /// Unless it is said, here or with [`Options::application`](crate::Options::application), it is the name of the
    /// running program.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
    ///
    /// #[gear_command]
    /// fn double(number: i64) -> Result<i64> {
    ///     "return 2 * number"
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.application("shop").connect()?;
    /// register_all(&gears)?;
    /// let maker = gears.dump_registrations()?[0].maker();
    /// assert_eq!(maker.unwrap().application(), "shop");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn application(mut self, name: &str) -> Self {
        self.naming = self.naming.with_application(name);
        self
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
    /// let gears = gears_runtime::Gears::builder("redis://10.0.0.1/")?
    ///     .node("redis://10.0.0.2/")?
    ///     .connect()?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn node(mut self, url: impl IntoConnectionInfo) -> Result<Self> {
        let client = client_of(url)?;
        #[cfg(feature = "tls")]
        let client = match &self.roots {
            Some(roots) => trusting(&client, roots)?,
            None => client,
        };
        self.others.push(client);
        Ok(self)
    }

    /// Trusts the servers for which one of these certificates vouches, in PEM, instead of those that the system trusts.
    ///
    /// For a certificate authority of your own. It holds for all nodes of a cluster.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when a URL is not `rediss://`, or there is no certificate
    /// in the text.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::Gears;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = std::fs::read("/etc/ssl/our-authority.pem")?;
    /// let gears = Gears::builder("rediss://cache.internal:6380/")?
    ///     .root_certificates(authority)?
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Result<Self> {
        let roots = pem.into();
        for client in std::iter::once(&mut self.client).chain(&mut self.others) {
            *client = trusting(client, &roots)?;
        }
        self.roots = Some(roots);
        Ok(self)
    }

    /// Says whether a call registers again what the server has forgotten (default: yes).
    ///
    /// A server may lose what was registered: it restarts without its files, or somebody takes a registration out by
    /// hand. A call whose gear was registered over this connection and that the server does not know registers once
    /// more, all that was registered over the connection, and is sent again, once. What somebody else has put in its place
    /// stays, and so does what this program took out with [`unregister_all`](crate::unregister_all).
    /// [`Gears::watch`](crate::Gears::watch) does it for gears that nobody calls.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
    ///
    /// #[gear_command]
    /// fn double(number: i64) -> Result<i64> {
    ///     "return 2 * number"
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let server = embedded::Server::start()?;
    /// for register_again in [true, false] {
    ///     let gears = Gears::builder(server.url())?.register_again(register_again).build();
    ///     register_all(&gears)?;
    ///     // Somebody takes it out by hand.
    ///     gears.unregister(&gears.dump_registrations()?[0])?;
    ///     assert_eq!(double(21).is_ok(), register_again);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn register_again(mut self, register_again: bool) -> Self {
        self.register_again = register_again;
        self
    }

    /// Sets how long connecting may take: 5 seconds unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use gears_runtime::Gears;
    /// // It takes connections, and never says a word.
    /// let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// let url = format!("redis://{}/", mute.local_addr().unwrap());
    /// let builder = Gears::builder(url)?.connect_timeout(Duration::from_millis(200));
    /// assert!(builder.connect().unwrap_err().is_timeout());
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.response_timeout(Duration::from_millis(100)).connect()?;
    /// gears.execute(&Script::from_source(
    ///     "import time\n\
    ///      GB('CommandReader').map(lambda words: time.sleep(0.5)).register(trigger='nap')",
    /// ))?;
    /// assert!(gears.trigger("nap", [""]).unwrap_err().is_timeout());
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # let server = embedded::Server::start()?;
    /// // Big packages take their time to install.
    /// let gears = Gears::builder(server.url())?.execute_timeout(Duration::from_secs(3600)).connect()?;
    /// gears.execute(&Script::from_source("import json"))?;
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::builder(server.url())?.max_connections(1).connect()?;
    /// std::thread::scope(|scope| {
    ///     for _ in 0..8 {
    ///         scope.spawn(|| gears.py_stats().expect("they take turns on one connection"));
    ///     }
    /// });
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn max_connections(mut self, max: usize) -> Self {
        self.limits.max_connections = max;
        self
    }
}

pub(super) fn client_of(url: impl IntoConnectionInfo) -> Result<Client> {
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

/// Makes the same client, which trusts those for whom one of these certificates vouches.
#[cfg(feature = "tls")]
fn trusting(client: &Client, roots: &[u8]) -> Result<Client> {
    let known = client.get_connection_info();
    if !matches!(known.addr(), ConnectionAddr::TcpTls { .. }) {
        return Err(Error::configuration(format!(
            "root certificates are for `rediss://` URLs, and {} is none",
            known.addr()
        )));
    }
    if !roots.windows(BEGIN.len()).any(|text| text == BEGIN) {
        return Err(Error::configuration(
            "the root certificates hold no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
        ));
    }
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(roots.to_vec()),
    };
    Client::build_with_tls(known.clone(), certificates).map_err(|error| {
        Error::configuration(format!("the root certificates make no sense: {error}"))
    })
}
