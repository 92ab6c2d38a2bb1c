//! Which of two states of the same thing is the later one, on all shards of a cluster.

use crate::ShardId;

/// When something was changed: a count that goes on from the highest one that was seen (a
/// Lamport clock), and the shard that counted. Later versions are greater; no two changes have
/// the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Goes up with each change.
    pub count: u64,
    /// The shard where the change was made.
    pub shard: ShardId,
}
