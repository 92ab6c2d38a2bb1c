//! The one address that comes of all that was said about it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use gears_runtime::{Gears, GearsBuilder};
use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisConnectionInfo, TlsCertificates,
};

use super::Connection;
use crate::failure::{Failure, Result};

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Says where the server is, with nothing left open.
///
/// Later layers win. A URL says all about the address, so it puts aside what earlier layers
/// said; single parts then change it, also those of its own layer. A host or a port puts a
/// socket aside, and the other way round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    place: Place,
    database: i64,
    user: Option<String>,
    password: Option<String>,
    tls: bool,
    insecure: bool,
    cacert: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    connect_timeout: Duration,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Tcp { host: String, port: u16 },
    Socket(PathBuf),
}

impl Default for Place {
    fn default() -> Self {
        Self::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 6379,
        }
    }
}

impl Default for Address {
    fn default() -> Self {
        Self {
            place: Place::default(),
            database: 0,
            user: None,
            password: None,
            tls: false,
            insecure: false,
            cacert: None,
            cert: None,
            key: None,
            connect_timeout: Duration::from_secs(5),
        }
    }
}

impl Address {
    /// Lays layers over each other, the weakest first.
    ///
    /// # Errors
    ///
    /// A URL or a timeout that makes no sense.
    pub(crate) fn of<'a>(layers: impl IntoIterator<Item = &'a Connection>) -> Result<Self> {
        let mut address = Self::default();
        for layer in layers {
            address.lay(layer)?;
        }
        Ok(address)
    }

    fn lay(&mut self, layer: &Connection) -> Result<()> {
        if let Some(url) = &layer.url {
            self.take_url(url)?;
        }
        if let Some(socket) = &layer.socket {
            self.place = Place::Socket(socket.clone());
        } else if layer.host.is_some() || layer.port.is_some() {
            let (mut host, mut port) = match std::mem::take(&mut self.place) {
                Place::Tcp { host, port } => (host, port),
                Place::Socket(_) => ("127.0.0.1".to_owned(), 6379),
            };
            if let Some(named) = &layer.host {
                host = host_of(named)?.to_owned();
            }
            port = layer.port.unwrap_or(port);
            self.place = Place::Tcp { host, port };
        }
        if let Some(seconds) = layer.connect_timeout {
            self.connect_timeout = Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|timeout| !timeout.is_zero())
                .ok_or_else(|| {
                    Failure::usage(format!("{seconds} seconds are no time to connect in"))
                        .advice("give a number above 0")
                })?;
        }
        self.database = layer.database.unwrap_or(self.database);
        self.tls = layer.tls.unwrap_or(self.tls);
        self.insecure = layer.insecure.unwrap_or(self.insecure);
        for (ours, theirs) in [
            (&mut self.user, &layer.user),
            (&mut self.password, &layer.password),
        ] {
            if theirs.is_some() {
                ours.clone_from(theirs);
            }
        }
        for (ours, theirs) in [
            (&mut self.cacert, &layer.cacert),
            (&mut self.cert, &layer.cert),
            (&mut self.key, &layer.key),
        ] {
            if theirs.is_some() {
                ours.clone_from(theirs);
            }
        }
        Ok(())
    }

    fn take_url(&mut self, url: &str) -> Result<()> {
        let info = url.into_connection_info().map_err(|error| {
            Failure::usage(format!("the URL of the server makes no sense: {error}")).advice(
                "write it as redis://user:password@host:port/database, rediss://… with TLS, \
                 or unix:///path",
            )
        })?;
        self.tls = false;
        match info.addr() {
            ConnectionAddr::Unix(path) => self.place = Place::Socket(path.clone()),
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure,
                ..
            } => {
                self.tls = true;
                self.insecure = *insecure;
                self.place = Place::Tcp {
                    host: host.clone(),
                    port: *port,
                };
            }
            ConnectionAddr::Tcp(host, port) => {
                self.place = Place::Tcp {
                    host: host.clone(),
                    port: *port,
                };
            }
            _ => {
                return Err(
                    Failure::usage("the URL names an address of an unknown kind")
                        .advice("write it as redis://host:port or unix:///path"),
                );
            }
        }
        let redis = info.redis_settings();
        self.database = redis.db();
        self.user = redis.username().map(str::to_owned);
        self.password = redis.password().map(str::to_owned);
        Ok(())
    }

    /// Returns host and port, of a server that is not behind a socket.
    pub(crate) fn host_and_port(&self) -> Option<(&str, u16)> {
        match &self.place {
            Place::Tcp { host, port } => Some((host, *port)),
            Place::Socket(_) => None,
        }
    }

    /// Returns the same address at another port of this machine.
    pub(crate) fn at_port(&self, port: u16) -> Self {
        let host = "127.0.0.1".to_owned();
        Self {
            place: Place::Tcp { host, port },
            tls: false,
            ..self.clone()
        }
    }

    /// Returns the user and the password.
    pub(crate) fn credentials(&self) -> (Option<&str>, Option<&str>) {
        (self.user.as_deref(), self.password.as_deref())
    }

    /// Starts a connection; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Certificates that cannot be read, and options that contradict each other.
    pub(crate) fn builder(&self) -> Result<GearsBuilder> {
        let info = self.info()?;
        let client = if self.tls {
            Client::build_with_tls(info, self.certificates()?)
        } else {
            Client::open(info)
        };
        let client = client.map_err(|error| {
            Failure::usage(format!("these options make no connection: {error}"))
                .advice("look at the connection options of `gears --help`")
        })?;
        Ok(GearsBuilder::new(client).connect_timeout(self.connect_timeout))
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Those of [`builder`](Self::builder), and a server that is not there or lets us not in.
    pub(crate) fn connect(&self) -> Result<Gears> {
        let gears = self
            .builder()?
            .connect()
            .map_err(|error| Failure::from(error).at(&self.to_string()))?;
        Ok(gears)
    }

    fn info(&self) -> Result<ConnectionInfo> {
        let address = match &self.place {
            Place::Socket(_) if self.tls => {
                return Err(Failure::usage("a unix socket has no TLS")
                    .advice("leave --tls out, or connect to a host"));
            }
            Place::Socket(path) => ConnectionAddr::Unix(path.clone()),
            Place::Tcp { host, port } if self.tls => ConnectionAddr::TcpTls {
                host: host.clone(),
                port: *port,
                insecure: self.insecure,
                tls_params: None,
            },
            Place::Tcp { host, port } => ConnectionAddr::Tcp(host.clone(), *port),
        };
        let mut redis = RedisConnectionInfo::default().set_db(self.database);
        if let Some(user) = &self.user {
            redis = redis.set_username(user);
        }
        if let Some(password) = &self.password {
            redis = redis.set_password(password);
        }
        let info = address.into_connection_info().map_err(|error| {
            Failure::usage(format!("the address makes no sense: {error}"))
                .advice("look at the connection options of `gears --help`")
        })?;
        Ok(info.set_redis_settings(redis))
    }

    fn certificates(&self) -> Result<TlsCertificates> {
        let read = |path: &Path, holds: &str| {
            let refuse = |why: String| {
                Failure::usage(format!("{} {why}", path.display()))
                    .advice("name a file of certificates or a key in PEM")
            };
            let bytes =
                fs::read(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
            // Unread, it would be as if nobody had named it.
            if !String::from_utf8_lossy(&bytes).contains(holds) {
                return Err(refuse(format!("has no `{holds}` in it")));
            }
            Ok(bytes)
        };
        let client_tls = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some(ClientTlsConfig {
                client_cert: read(cert, CERTIFICATE)?,
                client_key: read(key, "PRIVATE KEY-----")?,
            }),
            (None, None) => None,
            _ => {
                return Err(
                    Failure::usage("--cert and --key go together").advice("give both, or neither")
                );
            }
        };
        Ok(TlsCertificates {
            client_tls,
            root_cert: match &self.cacert {
                Some(path) => Some(read(path, CERTIFICATE)?),
                None => None,
            },
        })
    }
}

/// Returns the name or address that is behind an option for the host.
///
/// # Errors
///
/// Nothing, a URL, and a host with its port: the name would be looked for, and not be there.
fn host_of(named: &str) -> Result<&str> {
    if named.trim().is_empty() {
        return Err(Failure::usage("the host has no name").advice("name it, or leave it out"));
    }
    // It may hold a password, which is not to be shown.
    if named.contains("://") {
        return Err(Failure::usage("a URL is no host").advice("-u, --url is for URLs"));
    }
    let address = named.trim_start_matches('[').trim_end_matches(']');
    if address.matches(':').count() > 1 && !address.contains(']') {
        return Ok(address);
    }
    match named.rsplit_once(':') {
        Some((host, port)) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            Err(Failure::usage(format!("`{named}` is a host with its port"))
                .advice(format!("give them apart: -h {host} -p {port}")))
        }
        None => Ok(named),
    }
}

/// Names the server without its password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Place::Tcp { host, port } => write!(f, "{host}:{port}"),
            Place::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(edit: impl FnOnce(&mut Connection)) -> Connection {
        let mut layer = Connection::default();
        edit(&mut layer);
        layer
    }

    #[test]
    fn later_layers_win_part_by_part() {
        let file = layer(|file| {
            file.host = Some("file".into());
            file.port = Some(1);
            file.user = Some("filed".into());
        });
        let environment = layer(|environment| environment.port = Some(2));
        let flags = layer(|flags| flags.user = Some("flagged".into()));
        let address = Address::of([&file, &environment, &flags]).unwrap();
        assert_eq!(address.host_and_port(), Some(("file", 2)));
        assert_eq!(address.credentials(), (Some("flagged"), None));
    }

    #[test]
    fn url_puts_earlier_layers_aside_and_not_later_parts() {
        let file = layer(|file| {
            file.host = Some("file".into());
            file.password = Some("old".into());
            file.database = Some(3);
        });
        let flags = layer(|flags| {
            flags.url = Some("rediss://ann@example.org:7000/2".into());
            flags.port = Some(7001);
        });
        let address = Address::of([&file, &flags]).unwrap();
        assert_eq!(address.host_and_port(), Some(("example.org", 7001)));
        assert_eq!(address.credentials(), (Some("ann"), None));
        assert_eq!((address.database, address.tls), (2, true));
    }

    #[test]
    fn socket_and_host_put_each_other_aside() {
        let socket = layer(|file| file.socket = Some("/run/x.sock".into()));
        let port = layer(|flags| flags.port = Some(7));
        assert_eq!(
            Address::of([&socket, &port]).unwrap().to_string(),
            "127.0.0.1:7"
        );
        assert_eq!(
            Address::of([&port, &socket]).unwrap().to_string(),
            "/run/x.sock"
        );
    }

    #[test]
    fn hosts_are_names_and_addresses_alone() {
        let at = |host: &str| {
            let layer = layer(|flags| flags.host = Some(host.to_owned()));
            Address::of([&layer])
        };
        for (named, host) in [("redis", "redis"), ("::1", "::1"), ("[fe80::1]", "fe80::1")] {
            let address = at(named).unwrap();
            assert_eq!(address.host_and_port(), Some((host, 6379)));
        }
        for (named, advice) in [
            ("redis:7000", "-h redis -p 7000"),
            ("[::1]:7000", "-h ::1 -p 7000"),
            ("redis://redis:7000", "-u, --url"),
            ("", "leave it out"),
        ] {
            let failure = format!("{:?}", at(named).unwrap_err());
            assert!(failure.contains(advice), "{failure}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for nonsense in [
            layer(|flags| flags.url = Some("http://example.org".into())),
            layer(|flags| flags.connect_timeout = Some(0.0)),
            layer(|flags| flags.connect_timeout = Some(f64::NAN)),
        ] {
            assert!(Address::of([&nonsense]).is_err(), "{nonsense:?}");
        }
        let half = layer(|flags| {
            flags.tls = Some(true);
            flags.cert = Some("/no/cert".into());
        });
        assert!(Address::of([&half]).unwrap().builder().is_err());
    }
}
