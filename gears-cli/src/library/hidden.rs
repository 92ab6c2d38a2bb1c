//! What of libraries a user may not see.

use super::Told;
use crate::{failure::Failure, output::Output, refusal::Refusals};

/// What shards refuse to tell a user of their libraries.
pub(crate) struct Hidden {
    lists: Refusals,
    counts: Refusals,
}

impl Hidden {
    /// Makes it for so many shards.
    pub(super) fn new(shards: usize) -> Self {
        Self {
            lists: Refusals::new(shards),
            counts: Refusals::new(shards),
        }
    }

    /// Notes what a shard does not tell.
    pub(super) fn add(&mut self, shard: Option<&str>, told: &Told) {
        if let Some(why) = &told.list_refused {
            self.lists.add(shard, why.clone());
        }
        if let Some(why) = &told.counts_refused {
            self.counts.add(shard, why.clone());
        }
    }

    /// Tells whether there may be libraries that are not shown.
    pub(crate) fn has_libraries(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Says that there may be libraries that nobody can look for, why, and what to do about it; `None` where there are
    /// none.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let told = self
            .lists
            .describe("libraries", "cannot be looked for", "list functions");
        let (message, advice) = told?;
        Some(Failure::server(message).advice(advice))
    }

    /// Tells people what is not shown, why, and what to do about it.
    pub(crate) fn tell(&self, output: &Output) {
        self.lists.tell("libraries", "list functions", output);
        self.counts
            .tell("counts of functions", "ask for INFO", output);
    }
}
