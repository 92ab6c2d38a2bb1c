//! Restoring: all of a dump, or nothing of it.
//!
//! What the server holds is read first, on each shard of a cluster that does not share it. When
//! anything fails half-way, or somebody presses Ctrl-C, it is put back.

mod on_shard;

use gears_runtime::Gears;

use crate::{
    dump::{Dump, Saved},
    failure::{Failure, Result},
    output::Progress,
    shard,
};
use on_shard::OnShard;

/// Says what happens to what the server has already, as `FUNCTION RESTORE` names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Policy {
    /// Refuse when a session of the dump is there already.
    Append,
    /// Let sessions of the dump take the place of those of the same name.
    Replace,
    /// Unregister all that is not in the dump, too.
    Flush,
}

/// What restoring will do.
#[derive(Debug)]
pub(crate) struct Restoration<'a> {
    shards: Vec<OnShard<'a>>,
}

impl<'a> Restoration<'a> {
    /// Looks at the server, or at each shard that registers for itself, and says what to do.
    ///
    /// # Errors
    ///
    /// A session is there already and may not be replaced, and what the server refuses.
    pub(crate) fn plan(gears: &Gears, dump: &'a Dump, policy: Policy) -> Result<Self> {
        let shards = shard::registrars(gears)?.into_iter();
        let shards = shards.map(|shard| OnShard::plan(&shard.gears, dump, policy));
        Ok(Self {
            shards: shards.collect::<Result<_>>()?,
        })
    }

    /// Does it, on one shard after another.
    ///
    /// # Errors
    ///
    /// One session failed, or somebody interrupted: all is as it was. Where even that failed,
    /// the failure says which sessions are not, and [`Broken::before`] holds them.
    pub(crate) fn perform(&self) -> Result<(), Broken> {
        let steps = self.shards.iter().map(OnShard::steps).sum();
        let progress = Progress::of(steps, "restoring");
        let mut touched = Vec::new();
        let failure = self.shards.iter().find_map(|shard| {
            touched.push(shard);
            shard.perform(&progress).err()
        });
        drop(progress);
        let Some(failure) = failure else {
            return Ok(());
        };
        let progress = Progress::spinner("putting back what was there");
        let (mut left, mut before) = (Vec::new(), Vec::new());
        for shard in touched {
            let theirs = shard.put_back();
            if !theirs.is_empty() {
                before.push(shard.before.clone());
                left.extend(theirs);
            }
        }
        drop(progress);
        let failure = failure.and(&if left.is_empty() {
            "nothing was restored: all is as it was".to_owned()
        } else {
            format!("not all could be put back as it was: {}", left.join("; "))
        });
        Err(Broken { failure, before })
    }

    /// Returns the sessions that are new somewhere.
    pub(crate) fn new_sessions(&self) -> Vec<String> {
        self.sessions(|shard| &shard.new)
    }

    /// Returns the sessions that take the place of others somewhere, and are new nowhere.
    pub(crate) fn replaced(&self) -> Vec<String> {
        let new = self.new_sessions();
        let mut replaced = self.sessions(|shard| &shard.replaced);
        replaced.retain(|id| !new.contains(id));
        replaced
    }

    /// Returns the sessions that are everywhere as they should be.
    pub(crate) fn unchanged(&self) -> Vec<String> {
        let touched = [self.new_sessions(), self.replaced()].concat();
        let mut unchanged = self.sessions(|shard| &shard.unchanged);
        unchanged.retain(|id| !touched.contains(id));
        unchanged
    }

    /// Returns the sessions that go.
    pub(crate) fn removed(&self) -> Vec<String> {
        once(self.shards.iter().flat_map(|shard| shard.removed.clone()))
    }

    fn sessions(&self, of: impl for<'b> Fn(&'b OnShard<'a>) -> &'b Vec<&'a Saved>) -> Vec<String> {
        let all = self.shards.iter().flat_map(|shard| of(shard).iter());
        once(all.map(|saved| saved.id.clone()))
    }
}

/// Leaves out what came before.
fn once(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for id in ids {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

/// Why restoring failed, and what is not on the server any more, shard by shard.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) before: Vec<Dump>,
}
