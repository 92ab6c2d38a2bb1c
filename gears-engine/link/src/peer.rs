//! Who is at the other end of a link.

use gears_model::ShardId;

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
