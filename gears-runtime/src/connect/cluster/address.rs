//! Where a node of a cluster listens.

use std::fmt;

use redis::{Client, ConnectionAddr, IntoConnectionInfo as _, RedisResult};

/// Host and port of a node, as the cluster tells them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// Reads `host:port`; a node that does not know its own host leaves it out, and means `asked`.
    pub(crate) fn parse(text: &str, asked: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if is_unknown(host) { asked } else { host };
        Some(Self::new(host, port.parse().ok()?))
    }

    /// Returns where a client connects to; none for a unix socket.
    pub(crate) fn of(client: &Client) -> Option<Self> {
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some(Self::new(host.clone(), *port))
            }
            _ => None,
        }
    }

    /// Makes a client for this address, with the user, the password and the TLS of another one.
    pub(crate) fn client(&self, like: &Client) -> RedisResult<Client> {
        let (host, port) = (self.host.clone(), self.port);
        let known = like.get_connection_info();
        let address = match known.addr() {
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        known
            .clone()
            .set_addr(address)
            .into_connection_info()
            .and_then(Client::open)
    }
}

/// Tells whether a node wrote this because it does not know its own host.
pub(crate) fn is_unknown(host: &str) -> bool {
    host.is_empty() || host == "?"
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| Address::parse(text, "asked").map(|address| address.to_string());
        assert_eq!(read("10.0.0.1:7000").unwrap(), "10.0.0.1:7000");
        assert_eq!(read(":7000").unwrap(), "asked:7000");
        assert_eq!(read("?:7000").unwrap(), "asked:7000");
        assert_eq!(Address::parse("[::1]:7", "x"), Some(Address::new("::1", 7)));
        assert_eq!(Address::parse("::1:7", "x"), Some(Address::new("::1", 7)));
        assert_eq!(read("10.0.0.1"), None);
        assert_eq!(read("10.0.0.1:port"), None);
    }

    #[test]
    fn another_node_has_the_same_user() {
        let like = Client::open("redis://user:secret@127.0.0.1:7000/").unwrap();
        let client = Address::new("127.0.0.2", 7001).client(&like).unwrap();
        let info = client.get_connection_info();
        assert_eq!(info.addr().to_string(), "127.0.0.2:7001");
        assert_eq!(info.redis_settings().password(), Some("secret"));
    }
}
