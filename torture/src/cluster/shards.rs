//! Three shards, each a primary and its replica, as real servers.

use std::io::{Error, Result};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::{Client, DEADLINE, Value};
use crate::server::{Plan, Server};

/// How many shards there are; a node and the one so many places further on make up one.
pub(super) const SHARDS: usize = 3;
const NODES: usize = 2 * SHARDS;

const SLOTS: u16 = 16384;

/// What the port of the cluster bus has more than the other one.
const BUS: u16 = 10_000;

pub(super) struct Shards {
    nodes: Vec<Node>,
}

struct Node {
    plan: Plan,
    folder: TempDir,
    server: Server,
    port: u16,
    id: String,
}

impl Node {
    /// Starts a server at a port that is free; another may take it first.
    fn start(plan: &Plan) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut left = 10;
        loop {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
                .local_addr()?
                .port();
            if port > u16::MAX - BUS {
                continue;
            }
            let plan = plan.with(&["--port", &port.to_string()]);
            match Server::start(&plan, folder.path()) {
                Err(_) if left > 0 => left -= 1,
                server => {
                    let server = server?;
                    let id = server.client()?.must(&["CLUSTER", "MYID"])?;
                    let id = id.as_text().unwrap_or_default();
                    return Ok(Self {
                        plan,
                        folder,
                        server,
                        port,
                        id,
                    });
                }
            }
        }
    }
}

impl Shards {
    pub(super) fn start(plan: &Plan) -> Result<Self> {
        let nodes = (0..NODES)
            .map(|_| Node::start(plan))
            .collect::<Result<_>>()?;
        let shards = Self { nodes };
        for shard in 0..SHARDS {
            let slots: Vec<String> = home(shard).map(|slot| slot.to_string()).collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(slots.iter().map(String::as_str));
            shards.must(shard, &words)?;
            let epoch = (shard + 1).to_string();
            shards.must(shard, &["CLUSTER", "SET-CONFIG-EPOCH", &epoch])?;
        }
        let port = shards.nodes[0].port.to_string();
        for node in 1..NODES {
            shards.must(node, &["CLUSTER", "MEET", "127.0.0.1", &port])?;
        }
        for replica in SHARDS..NODES {
            let id = &shards.nodes[replica - SHARDS].id;
            // It has to have heard of it.
            wait_for(|| {
                let reply = shards.text(replica, &["CLUSTER", "REPLICATE", id])?;
                Ok(!matches!(reply, Value::Error(_)))
            })?;
        }
        wait_for(|| Ok(shards.all_are_fine()))?;
        Ok(shards)
    }

    pub(super) fn socket(&self, node: usize) -> PathBuf {
        self.nodes[node].server.socket().to_owned()
    }

    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn id(&self, node: usize) -> &str {
        &self.nodes[node].id
    }

    pub(super) fn server(&self, node: usize) -> &Server {
        &self.nodes[node].server
    }

    pub(super) fn client(&self, node: usize) -> Result<Client> {
        self.nodes[node].server.client()
    }

    pub(super) fn text(&self, node: usize, words: &[&str]) -> Result<Value> {
        self.client(node)?.text(words)
    }

    pub(super) fn must(&self, node: usize, words: &[&str]) -> Result<Value> {
        self.client(node)?.must(words)
    }

    pub(super) fn info(&self, node: usize, section: &str) -> Result<String> {
        let info = self.must(node, &["INFO", section])?;
        Ok(info.as_text().unwrap_or_default())
    }

    pub(super) fn is_primary(&self, node: usize) -> bool {
        let info = self.info(node, "replication");
        info.is_ok_and(|info| info.contains("role:master"))
    }

    /// The node of a shard that is its primary, as far as it knows.
    pub(super) fn primary(&self, shard: usize) -> usize {
        let replica = shard + SHARDS;
        if self.is_primary(shard) {
            shard
        } else {
            replica
        }
    }

    /// Whether a node sees the cluster in order, and is linked to its primary if it has one.
    pub(super) fn is_fine(&self, node: usize) -> bool {
        let fine = || -> Result<bool> {
            let info = self
                .must(node, &["CLUSTER", "INFO"])?
                .as_text()
                .unwrap_or_default();
            let nodes = self
                .must(node, &["CLUSTER", "NODES"])?
                .as_text()
                .unwrap_or_default();
            let replication = self.info(node, "replication")?;
            let replicas = nodes.lines().filter(|line| line.contains("slave"));
            Ok(info.contains("cluster_state:ok")
                && info.contains("cluster_slots_ok:16384")
                && replicas.count() == SHARDS
                && !nodes.contains("fail")
                && !replication.contains("master_link_status:down"))
        };
        fine().unwrap_or(false)
    }

    pub(super) fn all_are_fine(&self) -> bool {
        (0..self.count()).all(|node| self.is_fine(node))
    }

    /// The epoch of a node, as another one has heard of it.
    pub(super) fn epoch(&self, seen_by: usize, of: usize) -> Result<Option<String>> {
        let nodes = self.must(seen_by, &["CLUSTER", "NODES"])?;
        let nodes = nodes.as_text().unwrap_or_default();
        let line = nodes.lines().find(|line| line.starts_with(self.id(of)));
        Ok(line
            .and_then(|line| line.split(' ').nth(6))
            .map(str::to_owned))
    }

    /// `kill -9`; it is a find if the server had ended before, or had something to complain of.
    pub(super) fn kill(&mut self, node: usize) -> Option<String> {
        let server = &mut self.nodes[node].server;
        if !server.runs() || server.complains() {
            return server.fault();
        }
        server.end();
        None
    }

    /// A new life with the same files, at the same port.
    pub(super) fn revive(&mut self, node: usize) -> Result<()> {
        let node = &mut self.nodes[node];
        node.server = Server::start(&node.plan, node.folder.path())?;
        Ok(())
    }

    /// What is wrong with a server by itself.
    pub(super) fn fault(&mut self) -> Option<String> {
        self.nodes.iter_mut().find_map(|node| node.server.fault())
    }

    /// The end of each log, for a report.
    pub(super) fn last_words(&self) -> String {
        let words =
            self.nodes.iter().enumerate().map(|(at, node)| {
                format!("node {at} ({}):\n{}\n", node.id, node.server.last_words())
            });
        words.collect()
    }
}

/// The slots that a shard has at first, and always has again.
pub(super) fn home(shard: usize) -> Range<u16> {
    let each = SLOTS / SHARDS as u16;
    let begin = shard as u16 * each;
    if shard + 1 == SHARDS {
        begin..SLOTS
    } else {
        begin..begin + each
    }
}

/// Waits for what comes by itself.
pub(super) fn wait_for(mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let until = Instant::now() + DEADLINE;
    while !is_so()? {
        if Instant::now() >= until {
            return Err(Error::other("the cluster does not come together"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
