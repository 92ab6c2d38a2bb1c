//! How far long work has come on each shard of a cluster, on terminals alone.

use std::collections::BTreeMap;

use indicatif::MultiProgress;

use super::Progress;
use crate::identity::brief;

/// How far one shard has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Share {
    pub(crate) done: u64,
    /// Of how many, where that is known.
    pub(crate) of: Option<u64>,
}

/// Shows on the standard error how many records are done: a line for all shards, and where there are several,
/// one for each that takes part.
pub(crate) struct Shares {
    all: Progress,
    /// By shard.
    each: BTreeMap<String, Progress>,
    lines: MultiProgress,
}

impl Shares {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        let lines = MultiProgress::new();
        Self {
            all: Progress::records_on(&lines, message),
            each: BTreeMap::new(),
            lines,
        }
    }

    /// Tells whether somebody can see it.
    pub(crate) fn is_seen(&self) -> bool {
        self.all.is_seen()
    }

    /// Says how far each shard has come.
    pub(crate) fn reach(&mut self, shares: &BTreeMap<String, Share>, is_cluster: bool) {
        if shares.is_empty() {
            return;
        }
        let done = shares.values().map(|share| share.done).sum();
        let of = shares.values().map(|share| share.of).sum();
        self.all.reach(done, of);
        if !is_cluster {
            return;
        }
        for (shard, share) in shares {
            let line = self.each.entry(shard.clone());
            let line = line.or_insert_with(|| {
                Progress::records_on(&self.lines, format!("  shard {}", brief(shard)))
            });
            line.reach(share.done, share.of);
        }
    }
}
