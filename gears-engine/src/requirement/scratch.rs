//! Folders for what is not kept, or not yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};

use super::home::home;
use super::lock::{ENDING, Lock};

/// A folder for what is not kept, removed when it is dropped.
pub(crate) struct Scratch {
    folder: PathBuf,
    lock: Option<Lock>,
}

const START: &str = "scratch-";

impl Scratch {
    /// Makes one, and removes those of servers that died.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub(crate) fn new() -> Result<Self, String> {
        let beside = home().join("requirements");
        create(&beside)?;
        remove_dead(&beside);
        let folder = beside.join(format!("{START}{}", unique()));
        let lock = Some(Lock::own(&folder)?);
        let scratch = Self { folder, lock };
        create(&scratch.folder)?;
        Ok(scratch)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Returns an empty input for a program that works in the folder: while it
    /// runs, the folder counts as used, also when the server is gone.
    pub(crate) fn input(&self) -> Stdio {
        let lock = self.lock.as_ref().and_then(|lock| lock.inherited().ok());
        lock.map_or_else(Stdio::null, Stdio::from)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
    }
}

/// Removes what servers left behind that died while they worked.
fn remove_dead(beside: &Path) {
    let Ok(entries) = fs::read_dir(beside) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = beside.join(name.strip_suffix(ENDING).unwrap_or(&name));
        if name.starts_with(START)
            && let Some(lock) = Lock::unused(&folder)
        {
            let _ = fs::remove_dir_all(&folder);
            if !folder.exists() {
                lock.remove();
            }
        }
    }
}

/// Makes a part of a name that no other server makes, be it of another
/// container with the same numbers of processes.
pub(crate) fn unique() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |now| now.as_nanos());
    format!("{}-{now:x}-{number}", std::process::id())
}

pub(crate) fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))
}
