//! The shards that take part in a run and the slots that they serve: those of the shard that
//! drives it when it began, so that all of them send a key to the same one.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use gears_model::{ShardId, Topology};

/// How many slots a cluster has.
const SLOTS: usize = 16384;

/// What stands for a slot that no shard serves.
const NOBODY: u16 = u16::MAX;

/// The shards that take part in a run.
pub(super) struct Map {
    /// This one.
    pub(super) me: ShardId,
    shards: Vec<(ShardId, Vec<RangeInclusive<u16>>)>,
    /// Which of them serves each slot, once that was asked for.
    owners: OnceLock<Vec<u16>>,
}

impl Map {
    /// Takes them as the shard that drives the run tells them.
    pub(super) fn new(me: ShardId, shards: Vec<(ShardId, Vec<RangeInclusive<u16>>)>) -> Self {
        Self {
            me,
            shards,
            owners: OnceLock::new(),
        }
    }

    /// Takes all primaries of a cluster.
    pub(super) fn of(topology: &Topology) -> Self {
        let shards = topology.shards.iter();
        let shards = shards.map(|shard| (shard.id, shard.slots.clone()));
        Self::new(topology.me, shards.collect())
    }

    /// Returns all shards with their slots.
    pub(super) fn shards(&self) -> &[(ShardId, Vec<RangeInclusive<u16>>)] {
        &self.shards
    }

    /// Returns the other shards.
    pub(super) fn others(&self) -> impl Iterator<Item = ShardId> {
        let shards = self.shards.iter().map(|(shard, _)| *shard);
        shards.filter(|shard| *shard != self.me)
    }

    /// Finds the shard that serves a slot.
    pub(super) fn owner(&self, slot: u16) -> Option<ShardId> {
        let owners = self.owners.get_or_init(|| {
            let mut owners = vec![NOBODY; SLOTS];
            for (place, (_, slots)) in self.shards.iter().enumerate() {
                for slot in slots.iter().cloned().flatten() {
                    if let Some(owner) = owners.get_mut(usize::from(slot)) {
                        *owner = u16::try_from(place).unwrap_or(NOBODY);
                    }
                }
            }
            owners
        });
        let place = owners.get(usize::from(slot))?;
        self.shards
            .get(usize::from(*place))
            .map(|(shard, _)| *shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_goes_to_the_shard_that_serves_it() {
        let [me, other] = [b'a', b'b'].map(|letter| ShardId::parse(&[letter; 40]).unwrap());
        let map = Map::new(
            me,
            vec![(other, vec![0..=1, 16383..=16383]), (me, vec![2..=4])],
        );
        assert_eq!(map.others().collect::<Vec<_>>(), [other]);
        let owners = [0, 1, 2, 4, 5, 16383, 16384].map(|slot| map.owner(slot));
        let expected = [
            Some(other),
            Some(other),
            Some(me),
            Some(me),
            None,
            Some(other),
            None,
        ];
        assert_eq!(owners, expected);
    }
}
