//! A [`Gears`] for the cluster that a client of redis-rs is for.

use std::cell::RefCell;

use redis::{
    Client, Cmd, ConnectionInfo, ConnectionLike, ErrorKind, IntoConnectionInfo, RedisError,
    RedisResult, Value,
    cluster::{ClusterClient, Connect},
};

use super::{Gears, builder::GearsBuilder};
use crate::connect::way::kept::ToGears;

thread_local! {
    /// Where a [`Scout`] was sent to on this thread.
    static SEEN: RefCell<Vec<ConnectionInfo>> = const { RefCell::new(Vec::new()) };
}

/// A connection that only notes where it is to go.
///
/// redis-rs does not tell which nodes a client begins with, but it lets a connection of any type be made to them.
struct Scout;

impl Scout {
    /// Finds the nodes that a client begins with, with their users, passwords and certificates.
    fn nodes(client: &ClusterClient) -> Vec<ConnectionInfo> {
        SEEN.take();
        // It cannot succeed, so it goes to one node after another.
        let _ = client.get_generic_connection::<Self>();
        SEEN.take()
    }
}

/// Uses the nodes of an existing client of a cluster; nothing is sent before the first call.
///
/// Users, passwords and TLS are as in the client. How gears are called is as in any [`Gears`]: over connections of
/// its own, with its own timeouts, to primaries.
impl From<ClusterClient> for Gears {
    fn from(client: ClusterClient) -> Self {
        builder(&client).build()
    }
}

impl ToGears for ClusterClient {
    fn to_gears(&self) -> Gears {
        builder(self).build_shared()
    }
}

#[expect(
    clippy::expect_used,
    reason = "a client for a cluster has a node, and has opened it"
)]
fn builder(client: &ClusterClient) -> GearsBuilder {
    let open = |info| Client::open(info).expect("what redis-rs connects to has an address");
    let mut clients = Scout::nodes(client).into_iter().map(open);
    let first = clients
        .next()
        .expect("a client begins with one node at least");
    let mut builder = GearsBuilder::new(first);
    builder.others.extend(clients);
    builder
}

impl Connect for Scout {
    fn connect<T: IntoConnectionInfo>(
        info: T,
        _: Option<std::time::Duration>,
    ) -> RedisResult<Self> {
        let info = info.into_connection_info()?;
        SEEN.with_borrow_mut(|seen| seen.push(info));
        Err(nowhere())
    }

    fn send_packed_command(&mut self, _: &[u8]) -> RedisResult<()> {
        Err(nowhere())
    }

    fn set_write_timeout(&self, _: Option<std::time::Duration>) -> RedisResult<()> {
        Err(nowhere())
    }

    fn set_read_timeout(&self, _: Option<std::time::Duration>) -> RedisResult<()> {
        Err(nowhere())
    }

    fn recv_response(&mut self) -> RedisResult<Value> {
        Err(nowhere())
    }
}

impl ConnectionLike for Scout {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        Err(nowhere())
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        Err(nowhere())
    }

    fn req_command(&mut self, _: &Cmd) -> RedisResult<Value> {
        Err(nowhere())
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        false
    }

    fn is_open(&self) -> bool {
        false
    }
}

fn nowhere() -> RedisError {
    (ErrorKind::Io, "this connection goes nowhere").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_those_of_the_client() {
        let urls = [
            "redis://user:secret@10.0.0.1:7000",
            "redis://user:secret@10.0.0.2:7001",
        ];
        let client = ClusterClient::new(urls).unwrap();
        let nodes = Scout::nodes(&client);
        let addresses: Vec<String> = nodes.iter().map(|node| node.addr().to_string()).collect();
        assert_eq!(addresses, ["10.0.0.1:7000", "10.0.0.2:7001"]);
        for node in &nodes {
            assert_eq!(node.redis_settings().username(), Some("user"));
            assert_eq!(node.redis_settings().password(), Some("secret"));
        }
        let gears = Gears::from(client);
        let address = gears.client().get_connection_info().addr().to_string();
        assert_eq!(address, "10.0.0.1:7000");
    }
}
