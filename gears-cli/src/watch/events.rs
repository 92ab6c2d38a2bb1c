//! What the system tells about changes: a reason to look, and nothing more.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode},
};

/// Tells that something changed in some folders.
pub(super) struct Events {
    watcher: RecommendedWatcher,
    told: Receiver<()>,
    /// The folders, with device and inode.
    followed: BTreeMap<PathBuf, (u64, u64)>,
}

impl Events {
    /// Begins, with no folders yet.
    ///
    /// # Errors
    ///
    /// The system does not tell, such as when too many programs ask.
    pub(super) fn begin() -> notify::Result<Self> {
        let (sender, told) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading is told too. An error means that something was lost.
            let is_change = event.map_or(true, |event| match event.kind {
                EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
                _ => true,
            });
            if is_change {
                // Nobody listens at the end.
                let _ = sender.send(());
            }
        })?;
        Ok(Self {
            watcher,
            told,
            followed: BTreeMap::new(),
        })
    }

    /// Follows these folders and no others.
    ///
    /// # Errors
    ///
    /// Some cannot be followed; the others are.
    pub(super) fn follow(&mut self, folders: &BTreeMap<PathBuf, (u64, u64)>) -> notify::Result<()> {
        let old = std::mem::take(&mut self.followed);
        for (path, identity) in &old {
            if folders.get(path) != Some(identity) {
                // The system has forgotten folders that are gone.
                let _ = self.watcher.unwatch(path);
            }
        }
        let mut outcome = Ok(());
        for (path, identity) in folders {
            if old.get(path) != Some(identity)
                && let Err(error) = self.watcher.watch(path, RecursiveMode::NonRecursive)
            {
                // One that went meanwhile is missed in the next look.
                if !matches!(error.kind, notify::ErrorKind::PathNotFound) {
                    outcome = Err(error);
                }
                continue;
            }
            self.followed.insert(path.clone(), *identity);
        }
        outcome
    }

    /// Waits until something changed, at most this long; tells whether it did.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let changed = self.told.recv_timeout(time).is_ok();
        // One look is enough for all of them.
        while self.told.try_recv().is_ok() {}
        changed
    }
}
