//! Slots that move with their keys, which is no event of these.

use std::iter;

use gears_tests::{TestCluster, ask, until};

/// How many keys the slot has that moves.
const KEYS: usize = 20;

/// Keys of one slot that moves from the first node to the second.
struct Moving {
    cluster: TestCluster,
    slot: usize,
    tag: String,
}

impl Moving {
    /// Starts a cluster whose first two nodes note the events of strings.
    fn start() -> Self {
        let cluster = TestCluster::start();
        let tag = cluster.key_at(0, "moving");
        let slot = cluster.slot(&tag);
        let mut client = cluster.client(0);
        for number in 0..KEYS {
            assert_eq!(
                ask!(client, "SET", format!("{{{tag}}}{number}"), "v"),
                "+OK"
            );
        }
        for node in 0..2 {
            let notes = cluster.key_at(node, "notes");
            cluster.client(node).install(&format!(
                "GB('KeysReader').foreach(\
                 lambda r: execute('RPUSH', '{notes}', r['event'] + ' ' + r['key'])\
                 ).register('*', mode='async_local', eventTypes=['set', 'del', 'restore'])"
            ));
        }
        Self { cluster, slot, tag }
    }

    /// Waits until the slot and its keys are the second node's.
    fn wait(&self) {
        let slot = self.slot.to_string();
        let (mut old, mut new) = (self.cluster.client(0), self.cluster.client(1));
        let key = format!("{{{}}}1", self.tag);
        until("slot at its new node", || {
            let there = !ask!(new, "GET", key).contains("MOVED");
            let left = ask!(old, "GET", key).contains("MOVED");
            let dropped = ask!(old, "CLUSTER", "COUNTKEYSINSLOT", slot) == ":0";
            (there && left && dropped).then_some(())
        });
    }

    /// Sets and deletes a key at a node, and has these be its only events.
    fn has_only_events_of(&self, node: usize, key: &str) {
        let mut client = self.cluster.client(node);
        assert_eq!(ask!(client, "SET", key, "v"), "+OK");
        assert_eq!(ask!(client, "DEL", key), ":1");
        let notes = self.cluster.key_at(node, "notes");
        let expected = format!("[$\"set {key}\" $\"del {key}\"]");
        // What the move caused would have come first.
        let noted = until("event", || {
            let noted = ask!(client, "LRANGE", notes, "0", "-1");
            noted.contains(&format!("del {key}")).then_some(noted)
        });
        assert_eq!(noted.replace(',', ""), expected);
    }
}

#[test]
fn a_slot_that_moves_as_a_whole_causes_no_events() {
    let moving = Moving::start();
    let (slot, target) = (moving.slot.to_string(), moving.cluster.id(1));
    let mut client = moving.cluster.client(0);
    let words = ["MIGRATESLOTS", "SLOTSRANGE", &slot, &slot, "NODE", &target];
    let words: Vec<&[u8]> = iter::once("CLUSTER")
        .chain(words)
        .map(str::as_bytes)
        .collect();
    let reply = client.ask(&words);
    if reply != "+OK" {
        // Servers other than Valkey 9 move slots key by key alone.
        assert!(
            reply.to_lowercase().contains("unknown subcommand"),
            "{reply}"
        );
        return;
    }
    moving.wait();
    moving.has_only_events_of(0, &moving.cluster.key_at(0, "stays"));
    moving.has_only_events_of(1, &format!("{{{}}}1000", moving.tag));
    let mut client = moving.cluster.client(1);
    let count = ask!(client, "CLUSTER", "COUNTKEYSINSLOT", slot);
    assert_eq!(count, format!(":{KEYS}"));
}

#[test]
fn keys_of_a_lost_slot_are_dropped_without_events() {
    let moving = Moving::start();
    moving.cluster.begin_to_move(moving.slot, 0, 1);
    let (slot, target) = (moving.slot.to_string(), moving.cluster.id(1));
    // The old node hears of it from the new one, and drops what it still has.
    let mut client = moving.cluster.client(1);
    let reply = ask!(client, "CLUSTER", "SETSLOT", slot, "NODE", target);
    assert_eq!(reply, "+OK");
    moving.wait();
    moving.has_only_events_of(0, &moving.cluster.key_at(0, "stays"));
}
