//! Which node of a cluster has which slots.

use std::{collections::HashMap, sync::Arc};

use redis::{Client, Cmd, Value};

use super::{
    address::{self, Address},
    hidden,
};
use crate::{
    connect::node::{Limits, Node},
    error::{Error, Result},
    server::{
        known::Server,
        value::{field, text},
    },
};

/// The nodes of a cluster as one of them described it.
#[derive(Debug)]
pub(crate) struct SlotMap {
    /// Counts the maps that a handle had.
    pub(crate) version: u64,
    /// What all nodes are, as far as the one that was asked tells.
    pub(crate) server: Server,
    /// Those that have slots, in the order of their addresses.
    primaries: Vec<Primary>,
    /// The first and the last slot, and which of the primaries has them.
    ranges: Vec<(u16, u16, usize)>,
    nodes: HashMap<Address, Arc<Node>>,
}

/// A node that has slots.
#[derive(Clone, Debug)]
pub(crate) struct Primary {
    /// The id that the cluster gave it.
    pub(crate) id: String,
    pub(crate) node: Arc<Node>,
}

/// What one entry of the reply says.
struct Range {
    first: u16,
    last: u16,
    /// The primary first.
    nodes: Vec<(Address, String)>,
}

impl SlotMap {
    /// Makes the command whose reply is a map.
    pub(crate) fn question() -> Cmd {
        let mut command = redis::cmd("CLUSTER");
        command.arg("SLOTS");
        command
    }

    /// Reads the reply of `asked`; `None` when that is no cluster, or has no slots yet.
    ///
    /// # Errors
    ///
    /// The reply has another shape.
    pub(crate) fn from_reply(
        reply: &Value,
        asked: &Arc<Node>,
        server: Server,
        before: Option<&Self>,
        limits: Limits,
    ) -> Result<Option<Self>> {
        let entries = match reply {
            Value::Array(entries) => entries,
            Value::ServerError(_) => {
                return match (before, hidden::denial(reply)) {
                    // Who lost the right to ask has not lost the cluster.
                    (Some(_), Some(denial)) => Err(hidden::refusal(denial)),
                    // A server without cluster mode says so.
                    _ => Ok(None),
                };
            }
            other => return Err(Error::unexpected("strange reply to CLUSTER SLOTS", other)),
        };
        let host = Address::of(asked.client()).map_or_else(|| "127.0.0.1".to_owned(), |at| at.host);
        let strange = || Error::unexpected("strange reply to CLUSTER SLOTS", reply);
        let ranges: Vec<Range> = entries
            .iter()
            .map(|entry| Range::read(entry, &host).ok_or_else(strange))
            .collect::<Result<_>>()?;
        if ranges.is_empty() {
            return Ok(None);
        }
        let mut map = Self {
            version: before.map_or(0, |before| before.version) + 1,
            server,
            primaries: Vec::new(),
            ranges: Vec::new(),
            nodes: HashMap::new(),
        };
        // Whoever is known keeps the connections to it.
        let mut known = before.map_or_else(HashMap::new, |before| before.nodes.clone());
        if let Some(address) = Address::of(asked.client()) {
            known.entry(address).or_insert_with(|| Arc::clone(asked));
        }
        for range in &ranges {
            for (address, _) in &range.nodes {
                if map.nodes.contains_key(address) {
                    continue;
                }
                let node = match known.remove(address) {
                    Some(node) => node,
                    None => node_at(address, asked.client(), limits)?,
                };
                map.nodes.insert(address.clone(), node);
            }
        }
        map.place(&ranges);
        Ok(Some(map))
    }

    fn place(&mut self, ranges: &[Range]) {
        let mut owners: Vec<&(Address, String)> = ranges
            .iter()
            .filter_map(|range| range.nodes.first())
            .collect();
        owners.sort_by(|left, right| {
            let key = |owner: &(Address, String)| (owner.0.host.clone(), owner.0.port);
            key(left).cmp(&key(right))
        });
        owners.dedup_by(|left, right| left.0 == right.0);
        for range in ranges {
            let owner = owners.iter().position(|owner| owner.0 == range.nodes[0].0);
            if let Some(owner) = owner {
                self.ranges.push((range.first, range.last, owner));
            }
        }
        self.primaries = owners
            .iter()
            .map(|(address, id)| Primary {
                id: id.clone(),
                node: Arc::clone(&self.nodes[address]),
            })
            .collect();
    }

    pub(crate) fn primaries(&self) -> &[Primary] {
        &self.primaries
    }

    /// Returns all nodes, those first that have slots.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        let primaries = self.primaries.iter().map(|primary| &primary.node);
        let replicas = self
            .nodes
            .values()
            .filter(|node| !self.primaries.iter().any(|p| Arc::ptr_eq(&p.node, node)));
        primaries.chain(replicas)
    }

    /// Returns the node that has a slot; none when nobody has it.
    pub(crate) fn owner(&self, slot: u16) -> Option<&Arc<Node>> {
        let (_, _, owner) = self
            .ranges
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&slot))?;
        Some(&self.primaries[*owner].node)
    }

    /// Returns the primary with an id.
    pub(crate) fn shard(&self, id: &str) -> Option<&Arc<Node>> {
        let primary = self.primaries.iter().find(|primary| primary.id == id)?;
        Some(&primary.node)
    }

    /// Returns the node at an address, with its connections if it is known.
    pub(crate) fn node_at(
        &self,
        address: &Address,
        like: &Client,
        limits: Limits,
    ) -> Result<Arc<Node>> {
        match self.nodes.get(address) {
            Some(node) => Ok(Arc::clone(node)),
            None => node_at(address, like, limits),
        }
    }
}

fn node_at(address: &Address, like: &Client, limits: Limits) -> Result<Arc<Node>> {
    let client = address.client(like).map_err(|error| {
        Error::configuration(format!(
            "the node {address} of the cluster cannot be connected to: {error}"
        ))
    })?;
    Ok(Node::new(client, limits))
}

impl Range {
    fn read(entry: &Value, asked: &str) -> Option<Self> {
        let Value::Array(parts) = entry else {
            return None;
        };
        let [Value::Int(first), Value::Int(last), nodes @ ..] = parts.as_slice() else {
            return None;
        };
        let nodes: Vec<_> = nodes
            .iter()
            .map(|node| read_node(node, asked))
            .collect::<Option<_>>()?;
        (!nodes.is_empty()).then_some(Self {
            first: u16::try_from(*first).ok()?,
            last: u16::try_from(*last).ok()?,
            nodes,
        })
    }
}

/// Reads host, port and id of a node; the host can be missing in more ways than one.
fn read_node(node: &Value, asked: &str) -> Option<(Address, String)> {
    let Value::Array(parts) = node else {
        return None;
    };
    let [host, Value::Int(port), rest @ ..] = parts.as_slice() else {
        return None;
    };
    let host = match text(host) {
        Some(host) if !address::is_unknown(host) => host,
        _ => match rest
            .get(1)
            .and_then(|more| field(more, "ip"))
            .and_then(text)
        {
            Some(ip) if !address::is_unknown(ip) => ip,
            _ => asked,
        },
    };
    let port = u16::try_from(*port).ok()?;
    let id = rest.first().and_then(text).unwrap_or_default();
    Some((Address::new(host, port), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::dialect::Dialect;

    const LIMITS: Limits = Limits {
        connect_timeout: Duration::from_secs(1),
        max_connections: 1,
    };

    fn server() -> Server {
        Server {
            dialect: Dialect::Engine,
            version: None,
            shares: false,
            versions: false,
            functions: false,
        }
    }

    fn read(resp: &str, before: Option<&SlotMap>) -> Result<Option<SlotMap>> {
        let asked = Node::new(Client::open("redis://me@h1:7000/").unwrap(), LIMITS);
        let reply = redis::parse_redis_value(resp.as_bytes()).unwrap();
        SlotMap::from_reply(&reply, &asked, server(), before, LIMITS)
    }

    fn node(host: &str, port: u16, id: &str) -> String {
        format!(
            "*3\r\n${}\r\n{host}\r\n:{port}\r\n$1\r\n{id}\r\n",
            host.len()
        )
    }

    fn entry(first: u16, last: u16, nodes: &[String]) -> String {
        format!(
            "*{}\r\n:{first}\r\n:{last}\r\n{}",
            nodes.len() + 2,
            nodes.concat()
        )
    }

    fn addresses(map: &SlotMap) -> Vec<String> {
        map.primaries()
            .iter()
            .map(|primary| Address::of(primary.node.client()).unwrap().to_string())
            .collect()
    }

    #[test]
    fn map_is_read() {
        let resp = format!(
            "*3\r\n{}{}{}",
            entry(0, 99, &[node("h2", 7000, "b"), node("h3", 7000, "c")]),
            entry(100, 16382, &[node("", 7000, "a")]),
            entry(16383, 16383, &[node("h2", 7000, "b")]),
        );
        let map = read(&resp, None).unwrap().unwrap();
        assert_eq!(addresses(&map), ["h1:7000", "h2:7000"]);
        assert_eq!(map.nodes().count(), 3);
        for (slot, id) in [(0, "b"), (99, "b"), (100, "a"), (16382, "a"), (16383, "b")] {
            let owner = map.owner(slot).unwrap();
            assert!(Arc::ptr_eq(owner, map.shard(id).unwrap()), "{slot}");
        }
        // The next map keeps the nodes that it knows.
        let resp = format!("*1\r\n{}", entry(0, 16383, &[node("h2", 7000, "b")]));
        let next = read(&resp, Some(&map)).unwrap().unwrap();
        assert!(Arc::ptr_eq(
            next.shard("b").unwrap(),
            map.shard("b").unwrap()
        ));
        assert_eq!((next.version, next.nodes().count()), (map.version + 1, 1));
    }

    #[test]
    fn what_is_no_cluster_is_none() {
        for resp in [
            "-ERR This instance has cluster support disabled\r\n",
            "-NOPERM this user has no permissions\r\n",
            "*0\r\n",
        ] {
            assert!(read(resp, None).unwrap().is_none(), "{resp}");
        }
        for resp in ["+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:5\r\n"] {
            assert!(read(resp, None).is_err(), "{resp}");
        }
    }

    #[test]
    fn slot_that_nobody_has_is_none() {
        let resp = format!("*1\r\n{}", entry(5, 9, &[node("h2", 7000, "b")]));
        let map = read(&resp, None).unwrap().unwrap();
        assert!(map.owner(4).is_none() && map.owner(10).is_none());
        assert!(map.owner(5).is_some() && map.owner(9).is_some());
    }
}
