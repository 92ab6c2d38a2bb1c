//! Who greets.

use gears_model::ShardId;

/// The shard that this process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its name in the cluster.
    pub id: ShardId,
    /// Which start of its process this is: another one has lost what it was told.
    pub run: String,
}
