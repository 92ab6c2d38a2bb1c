//! Who is at the ends of a link.

use gears_model::ShardId;

/// The shard that this process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its name in the cluster.
    pub id: ShardId,
    /// Which start of its process this is: another one has lost what it was told.
    pub run: String,
}

/// A shard to have a link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name in the cluster.
    pub id: ShardId,
    /// Where it can be reached.
    pub host: String,
    /// The port for clients.
    pub port: u16,
}

impl Peer {
    /// Says where it is, for messages.
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}
