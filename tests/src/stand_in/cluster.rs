//! What a stand-in answers as the only shard of a cluster.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{array, bulk};

/// A shard that has all slots.
pub(super) struct OnlyShard {
    port: u16,
    /// Whether it was told to look who is in its cluster.
    is_told: AtomicBool,
}

impl OnlyShard {
    pub(super) fn new(port: u16) -> Self {
        Self {
            port,
            is_told: AtomicBool::new(false),
        }
    }

    /// Answers a command that is about the cluster.
    pub(super) fn reply(&self, words: &[String]) -> Option<String> {
        let (id, port) = (bulk(&"a".repeat(40)), format!(":{}\r\n", self.port));
        match words[0].to_ascii_uppercase().as_str() {
            "CLUSTER" => {
                let node = array(&[bulk("127.0.0.1"), port, id]);
                let range = [":0\r\n".to_owned(), ":16383\r\n".to_owned(), node];
                Some(array(&[array(&range)]))
            }
            "RG.REFRESHCLUSTER" => {
                self.is_told.store(true, Ordering::SeqCst);
                None
            }
            "RG.INFOCLUSTER" if self.is_told.load(Ordering::SeqCst) => {
                let run = bulk(&"b".repeat(40));
                let shard = array(&[
                    bulk("id"),
                    id.clone(),
                    bulk("ip"),
                    bulk("127.0.0.1"),
                    bulk("port"),
                    port,
                    bulk("unixSocket"),
                    bulk("None"),
                    bulk("runid"),
                    run.clone(),
                    bulk("minHslot"),
                    ":0\r\n".to_owned(),
                    bulk("maxHslot"),
                    ":16383\r\n".to_owned(),
                    bulk("pendingMessages"),
                    ":0\r\n".to_owned(),
                ]);
                let shards = array(&[shard]);
                Some(array(&[bulk("MyId"), id, bulk("MyRunId"), run, shards]))
            }
            _ => None,
        }
    }
}
