//! A cluster of real servers, for one test.

mod plan;

pub use plan::ClusterPlan;

use std::ops::Range;
use std::thread;

use gears_runtime::Gears;
use gears_runtime::embedded::Server;
use redis::Value;
use rustix::process::{Pid, Signal, kill_process};

use crate::{Client, ask, until};

/// How many slots a cluster has.
const SLOTS: usize = 16384;

/// Servers with gears that make up a cluster, on free ports, ended with the test.
pub struct TestCluster {
    plan: ClusterPlan,
    /// The primaries, in the order of the slots that they had at first; then their replicas; then
    /// who joined.
    nodes: Vec<Option<Server>>,
}

impl TestCluster {
    /// Starts three primaries and waits until they agree.
    ///
    /// # Panics
    ///
    /// When that takes too long, or no server can be started, naming set-up.
    pub fn start() -> Self {
        Self::of(3)
    }

    /// Starts so many primaries and waits until they agree.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn of(primaries: usize) -> Self {
        Self::planned(ClusterPlan::default(), primaries, 0)
    }

    /// Starts three primaries with a replica each.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn with_replicas() -> Self {
        Self::planned(ClusterPlan::default(), 3, 3)
    }

    fn planned(plan: ClusterPlan, primaries: usize, replicas: usize) -> Self {
        let nodes = thread::scope(|scope| {
            let plan = &plan;
            let starting: Vec<_> = (0..primaries + replicas)
                .map(|place| scope.spawn(move || plan.launch(place)))
                .collect();
            let started = starting.into_iter();
            started.map(|server| Some(server.join().unwrap())).collect()
        });
        let cluster = Self { plan, nodes };
        for place in 0..primaries {
            let slots = Self::first_slots(place, primaries);
            let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
            let mut words: Vec<&[u8]> = vec![b"CLUSTER", b"ADDSLOTS"];
            words.extend(slots.iter().map(String::as_bytes));
            let mut client = cluster.client(place);
            assert_eq!(client.ask(&words), "+OK");
            let epoch = (place + 1).to_string();
            assert_eq!(ask!(client, "CLUSTER", "SET-CONFIG-EPOCH", epoch), "+OK");
        }
        for place in 1..primaries + replicas {
            cluster.meet(place);
        }
        cluster.wait_until_known(primaries + replicas);
        for replica in 0..replicas {
            cluster.follow(primaries + replica, replica);
        }
        cluster.wait_until_fine();
        cluster
    }

    /// Starts one more node, without slots, and waits until all know it; returns its place.
    ///
    /// # Panics
    ///
    /// When that takes too long.
    pub fn join(&mut self) -> usize {
        let place = self.launch_apart();
        self.admit(place);
        place
    }

    /// Starts one more node that knows none of the others; returns its place.
    ///
    /// # Panics
    ///
    /// When that takes too long.
    pub fn launch_apart(&mut self) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Some(self.plan.launch(place)));
        place
    }

    /// Introduces a node to the others and waits until all know it.
    ///
    /// # Panics
    ///
    /// When that takes too long.
    pub fn admit(&self, place: usize) {
        self.meet(place);
        self.wait_until_known(self.nodes.iter().flatten().count());
    }

    fn meet(&self, place: usize) {
        // Nodes know each other by the port that they use themselves.
        let port = match self.client(0).value(&[b"CONFIG", b"GET", b"tls-port"]) {
            Value::Array(pair) if self.plan.speaks_tls() => text(&pair[1]).parse().unwrap(),
            _ => self.server(0).port().unwrap(),
        };
        let bus = (port + BUS).to_string();
        let port = port.to_string();
        let answer = ask!(
            self.client(place),
            "CLUSTER",
            "MEET",
            "127.0.0.1",
            port,
            bus
        );
        assert_eq!(answer, "+OK");
    }

    fn follow(&self, replica: usize, primary: usize) {
        let id = self.id(primary);
        until("replica", || {
            (ask!(self.client(replica), "CLUSTER", "REPLICATE", id) == "+OK").then_some(())
        });
        until("replication", || {
            self.info(replica, "replication")
                .contains("master_link_status:up")
                .then_some(())
        });
    }

    fn wait_until_known(&self, count: usize) {
        let told = format!("cluster_known_nodes:{count}");
        self.wait_for_all("acquaintance", |info| info.contains(&told));
    }

    /// Waits until every node that is up sees all slots in good hands.
    ///
    /// # Panics
    ///
    /// When that takes too long.
    pub fn wait_until_fine(&self) {
        self.wait_for_all("state of the cluster", |info| {
            info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
        });
    }

    fn wait_for_all(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        for (place, _) in self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.is_some())
        {
            until(what, || {
                let info = text(&self.client(place).value(&[b"CLUSTER", b"INFO"]));
                is_so(&info).then_some(())
            });
        }
    }

    /// Returns the node at a place.
    ///
    /// # Panics
    ///
    /// When it was killed.
    pub fn server(&self, place: usize) -> &Server {
        self.nodes[place].as_ref().expect("a node that is up")
    }

    /// Returns the URL of a node, with what it takes to get in.
    ///
    /// # Panics
    ///
    /// When it was killed.
    pub fn url(&self, place: usize) -> String {
        self.plan.url(self.server(place))
    }

    /// Sends a script to each of the first shards, to all at once, and returns the replies in their order.
    ///
    /// # Panics
    ///
    /// When a shard cannot be asked.
    pub fn execute_at_once(&self, scripts: &[String]) -> Vec<String> {
        thread::scope(|scope| {
            let racing: Vec<_> = scripts
                .iter()
                .enumerate()
                .map(|(place, script)| scope.spawn(move || self.client(place).execute(script)))
                .collect();
            racing.into_iter().map(|one| one.join().unwrap()).collect()
        })
    }

    /// Connects a plain client to a node.
    pub fn client(&self, place: usize) -> Client {
        Client::connect(&self.url(place))
    }

    /// Connects as programs do, with the URL of a node.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub fn gears(&self, place: usize) -> Gears {
        Gears::connect(self.url(place)).unwrap()
    }

    /// Returns the id that the cluster gave a node.
    pub fn id(&self, place: usize) -> String {
        text(&self.client(place).value(&[b"CLUSTER", b"MYID"]))
    }

    fn info(&self, place: usize, section: &str) -> String {
        text(&self.client(place).value(&[b"INFO", section.as_bytes()]))
    }

    /// Tells whether a node is a primary.
    pub fn is_primary(&self, place: usize) -> bool {
        self.info(place, "replication").contains("role:master")
    }

    /// Returns a key whose slot the node at a place of the first three had at first.
    ///
    /// # Panics
    ///
    /// When a thousand names have no such slot.
    pub fn key_at(&self, place: usize, name: &str) -> String {
        let slots = Self::first_slots(place, 3);
        (0..1000)
            .map(|number| format!("{name}:{number}"))
            .find(|key| slots.contains(&self.slot(key)))
            .expect("a key for each node")
    }

    /// Returns the slots that a primary has at first, as `redis-cli --cluster create` deals them out.
    pub fn first_slots(place: usize, primaries: usize) -> Range<usize> {
        let first = |place: usize| (place * SLOTS + primaries / 2) / primaries;
        first(place)..first(place + 1)
    }

    /// Returns the slot of a key, as a server computes it.
    pub fn slot(&self, key: &str) -> usize {
        let place = self.nodes.iter().position(Option::is_some).unwrap();
        match self
            .client(place)
            .value(&[b"CLUSTER", b"KEYSLOT", key.as_bytes()])
        {
            Value::Int(slot) => usize::try_from(slot).unwrap(),
            other => panic!("not a slot: {other:?}"),
        }
    }

    /// Begins to move a slot: keys that the old node does not have are asked for at the new one.
    pub fn begin_to_move(&self, slot: usize, from: usize, to: usize) {
        let slot = slot.to_string();
        let (from_id, to_id) = (self.id(from), self.id(to));
        let answer = ask!(
            self.client(to),
            "CLUSTER",
            "SETSLOT",
            slot,
            "IMPORTING",
            from_id
        );
        assert_eq!(answer, "+OK");
        let answer = ask!(
            self.client(from),
            "CLUSTER",
            "SETSLOT",
            slot,
            "MIGRATING",
            to_id
        );
        assert_eq!(answer, "+OK");
    }

    /// Ends the move of a slot that has no keys; only the two nodes are told.
    pub fn end_move(&self, slot: usize, from: usize, to: usize) {
        let (slot, to_id) = (slot.to_string(), self.id(to));
        for place in [to, from] {
            let answer = ask!(
                self.client(place),
                "CLUSTER",
                "SETSLOT",
                slot,
                "NODE",
                to_id
            );
            assert_eq!(answer, "+OK");
        }
        // The slot's next owner takes an epoch above this one, which it has to know for that: else
        // a word of the last owner that is on its way takes the slot back.
        let epoch = |seen_by: usize, of: usize| {
            let nodes = ask!(self.client(seen_by), "CLUSTER", "NODES");
            let line = nodes.split("\\n").find(|line| {
                let line = line.trim_start_matches(['$', '"']);
                line.starts_with(&self.id(of))
            });
            line.and_then(|line| line.split(' ').nth(6).map(str::to_owned))
        };
        until("both nodes know each other's epoch", || {
            let mut both = [from, to].into_iter();
            both.all(|of| epoch(from, of).is_some() && epoch(from, of) == epoch(to, of))
                .then_some(())
        });
    }

    /// Ends a node as a crash would.
    pub fn kill(&mut self, place: usize) {
        if let Some(mut server) = self.nodes[place].take() {
            server.kill();
        }
    }

    /// Ends a node as a crash would, and starts it again with what it had saved.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn restart(&mut self, place: usize) {
        let server = self.nodes[place].as_mut().expect("a node that is up");
        server.kill();
        server.restart().unwrap();
    }

    /// Has the nodes wait for one that stands still or is gone, and not call the cluster down: that would be
    /// all that clients are told which wait meanwhile.
    ///
    /// # Panics
    ///
    /// When a node cannot be told.
    pub fn wait_for_the_missing(&self) {
        let places = (0..self.nodes.len()).filter(|place| self.nodes[*place].is_some());
        for place in places {
            let mut client = self.client(place);
            let set = ask!(client, "CONFIG", "SET", "cluster-node-timeout", "600000");
            assert_eq!(set, "+OK");
        }
    }

    /// Has a node stand still until it [goes on](Self::go_on), as one whose machine hangs.
    ///
    /// # Panics
    ///
    /// When it cannot be signalled.
    pub fn stop(&self, place: usize) {
        self.signal(place, Signal::STOP);
    }

    /// Has a node go on that stands still.
    ///
    /// # Panics
    ///
    /// When it cannot be signalled.
    pub fn go_on(&self, place: usize) {
        self.signal(place, Signal::CONT);
    }

    fn signal(&self, place: usize, signal: Signal) {
        let pid = self.server(place).pid().and_then(|pid| pid.try_into().ok());
        let pid = pid.and_then(Pid::from_raw).expect("a server that runs");
        kill_process(pid, signal).unwrap();
    }

    /// Takes a node from the test, to end it later and elsewhere.
    ///
    /// # Panics
    ///
    /// When it was killed.
    pub fn take(&mut self, place: usize) -> Server {
        self.nodes[place].take().expect("a node that is up")
    }
}

/// What the port of the cluster bus has more than the other one.
const BUS: u16 = 10_000;

impl Drop for TestCluster {
    fn drop(&mut self) {
        if thread::panicking() {
            for (place, server) in self.nodes.iter().enumerate() {
                let log = server.as_ref().map(Server::log);
                eprintln!("node {place} said:\n{}", log.unwrap_or_default());
            }
        }
        // A server is asked to end as anybody may ask it, and waited for in vain otherwise.
        if !self.plan.is_open() {
            for server in self.nodes.iter_mut().flatten() {
                server.kill();
            }
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}
