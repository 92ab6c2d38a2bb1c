//! Who is in a cluster, as a node of it sees it.

use std::ops::RangeInclusive;

use crate::{ShardId, slot_of};

/// A primary of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The name of its node.
    pub id: ShardId,
    /// Where it can be reached; empty as long as the node itself does not know.
    pub host: String,
    /// The port for clients.
    pub port: u16,
    /// The slots that it serves, lowest first; none for one that has just come.
    pub slots: Vec<RangeInclusive<u16>>,
}

impl Shard {
    /// Returns the lowest and the highest slot that it serves.
    #[must_use]
    pub fn bounds(&self) -> Option<(u16, u16)> {
        Some((*self.slots.first()?.start(), *self.slots.last()?.end()))
    }

    fn serves(&self, slot: u16) -> bool {
        self.slots.iter().any(|slots| slots.contains(&slot))
    }
}

/// All primaries of a cluster, those without slots too, and which node looks at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The node that looks.
    pub me: ShardId,
    /// The primary that the node is, or follows.
    pub own: ShardId,
    /// All primaries, lowest slots first, then those without.
    pub shards: Vec<Shard>,
}

impl Topology {
    /// Reads what `CLUSTER NODES` says (Redis documentation, `CLUSTER NODES`): a line for each
    /// node, with its id, address, flags, master and, after four more words, slots.
    ///
    /// Nodes that are gone or not known yet are left out. Returns nothing for what is no such
    /// text.
    #[must_use]
    pub fn parse(nodes: &str) -> Option<Self> {
        let mut own = None;
        let mut shards = Vec::new();
        for line in nodes.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [id, address, flags, master, _, _, _, _, slots @ ..] = words.as_slice() else {
                return None;
            };
            let id = ShardId::parse(id.as_bytes())?;
            let has = |name: &str| flags.split(',').any(|flag| flag == name);
            if has("myself") {
                let follows = ShardId::parse(master.as_bytes());
                own = Some((id, follows.unwrap_or(id)));
            }
            if !has("master") || has("handshake") || has("noaddr") {
                continue;
            }
            let slots = parse_slots(slots)?;
            // Another one has taken its place.
            if has("fail") && slots.is_empty() {
                continue;
            }
            let (host, port) = parse_address(address)?;
            shards.push(Shard {
                id,
                host,
                port,
                slots,
            });
        }
        let (me, own) = own?;
        shards.sort_by_key(|shard| (shard.slots.is_empty(), shard.bounds(), shard.id));
        Some(Self { me, own, shards })
    }

    /// Finds a shard by its name.
    #[must_use]
    pub fn shard(&self, id: ShardId) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.id == id)
    }

    /// Returns all primaries but the one that looks; none if a replica looks.
    #[must_use]
    pub fn others(&self) -> Vec<ShardId> {
        if self.me != self.own {
            return Vec::new();
        }
        let shards = self.shards.iter().map(|shard| shard.id);
        shards.filter(|id| *id != self.me).collect()
    }

    /// Says whether a node is a primary of the cluster.
    #[must_use]
    pub fn has(&self, id: ShardId) -> bool {
        self.shard(id).is_some()
    }

    /// Finds the shard that serves a slot.
    #[must_use]
    pub fn owner(&self, slot: u16) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.serves(slot))
    }

    /// Finds the shard that serves a key.
    #[must_use]
    pub fn owner_of(&self, key: &[u8]) -> Option<&Shard> {
        self.owner(slot_of(key))
    }
}

/// Reads `host:port@bus,name,…`; a name that was announced is not used, as servers tell
/// addresses unless they are asked to prefer names.
fn parse_address(address: &str) -> Option<(String, u16)> {
    let (address, _) = address.split_once(',').unwrap_or((address, ""));
    let (address, _) = address.split_once('@').unwrap_or((address, ""));
    let (host, port) = address.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

/// Reads slots and ranges of them; those that are on their way (`[7->-…]`) are their owner's.
fn parse_slots(words: &[&str]) -> Option<Vec<RangeInclusive<u16>>> {
    let mut slots = Vec::new();
    for word in words {
        if word.starts_with('[') || word.is_empty() {
            continue;
        }
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        slots.push(first.parse().ok()?..=last.parse().ok()?);
    }
    slots.sort_by_key(|range| *range.start());
    Some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: u8) -> ShardId {
        ShardId::parse(&[letter; 40]).unwrap()
    }

    fn node(letter: u8, behind: &str) -> String {
        format!("{} {behind}\n", id(letter))
    }

    #[test]
    fn primaries_are_in_the_order_of_their_slots() {
        let text = [
            node(
                b'c',
                "10.0.0.3:7002@17002 master - 0 1 3 connected 10923-16383",
            ),
            node(
                b'a',
                "10.0.0.1:7000@17000 myself,master - 0 1 1 connected 5 0-3 4 [7->-bb] 6-5460",
            ),
            node(
                b'd',
                &format!("10.0.0.4:7003@17003 slave {} 0 1 1 connected", id(b'a')),
            ),
            node(
                b'b',
                "::1:7001@17001,name,shard-id=x master - 0 1 2 connected 5461-10922",
            ),
            node(b'e', "10.0.0.5:7004@17004 master - 0 1 0 connected"),
        ]
        .concat();
        let topology = Topology::parse(&text).unwrap();
        assert_eq!((topology.me, topology.own), (id(b'a'), id(b'a')));
        let ids: Vec<_> = topology.shards.iter().map(|shard| shard.id).collect();
        assert_eq!(ids, [b'a', b'b', b'c', b'e'].map(id));
        assert_eq!(topology.shards[0].bounds(), Some((0, 5460)));
        assert_eq!(topology.shards[3].bounds(), None);
        assert_eq!(topology.shards[1].host, "::1");
        assert_eq!(topology.shards[1].port, 7001);
        assert_eq!(topology.owner(5461).unwrap().id, id(b'b'));
        assert_eq!(topology.owner_of(b"foo").unwrap().id, id(b'c'));
    }

    #[test]
    fn a_replica_belongs_to_its_primary() {
        let text = [
            node(b'a', "10.0.0.1:7000@17000 master - 0 1 1 connected 0-16383"),
            node(
                b'b',
                &format!(
                    "10.0.0.2:7001@17001 myself,slave {} 0 1 1 connected",
                    id(b'a')
                ),
            ),
        ]
        .concat();
        let topology = Topology::parse(&text).unwrap();
        assert_eq!((topology.me, topology.own), (id(b'b'), id(b'a')));
        assert_eq!(topology.shards.len(), 1);
    }

    #[test]
    fn nodes_that_are_gone_or_not_known_yet_are_no_shards() {
        let text = [
            node(b'a', ":7000@17000 myself,master - 0 0 0 connected"),
            node(b'b', ":0@0 master,noaddr - 0 0 0 disconnected"),
            node(b'c', "10.0.0.3:7002@17002 handshake - 0 0 0 connected"),
            node(b'd', "10.0.0.4:7003@17003 master,fail - 0 0 4 disconnected"),
            node(
                b'e',
                "10.0.0.5:7004@17004 master,fail - 0 0 5 disconnected 7",
            ),
        ]
        .concat();
        let topology = Topology::parse(&text).unwrap();
        let ids: Vec<_> = topology.shards.iter().map(|shard| shard.id).collect();
        assert_eq!(ids, [b'e', b'a'].map(id));
        assert_eq!(topology.shards[1].host, "");
        assert_eq!(topology.owner(8), None);
    }

    #[test]
    fn other_texts_are_no_topology() {
        for text in [
            "",
            "x",
            "a b c",
            &node(b'a', "1.2.3.4:1@2 master - 0 0 0 connected 0"),
        ] {
            assert_eq!(Topology::parse(text), None, "{text}");
        }
        let text = node(b'a', "1.2.3.4:1@2 myself,master - 0 0 0 connected 99999");
        assert_eq!(Topology::parse(&text), None);
    }
}
