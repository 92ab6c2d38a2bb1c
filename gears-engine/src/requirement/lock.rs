//! Files that say that somebody uses a folder; who dies lets go of them.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A lock on a folder, in a file beside it, held until it is dropped.
///
/// Other servers may use the folder too, in other containers as well. Where a
/// file system has no locks, nobody is ever alone, and nothing is removed.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Uses a folder, as others may; waits while somebody removes it.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub(crate) fn shared(folder: &Path) -> Result<Self, String> {
        loop {
            let lock = Self::open(folder)?;
            let _ = lock.file.lock_shared();
            // Tells those that are used from those that are not for long.
            let _ = lock.file.set_modified(SystemTime::now());
            if lock.is_there() {
                return Ok(lock);
            }
        }
    }

    /// Makes a folder one's own before it is there.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, or somebody has it.
    pub(crate) fn own(folder: &Path) -> Result<Self, String> {
        loop {
            let lock = Self::open(folder)?;
            if let Err(fs::TryLockError::WouldBlock) = lock.file.try_lock() {
                return Err(format!("somebody else has {}", lock.path.display()));
            }
            if lock.is_there() {
                return Ok(lock);
            }
        }
    }

    /// Makes a folder one's own; waits while others have it.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub(crate) fn alone(folder: &Path) -> Result<Self, String> {
        loop {
            let lock = Self::open(folder)?;
            let _ = lock.file.lock();
            if lock.is_there() {
                return Ok(lock);
            }
        }
    }

    /// Takes a folder that nobody uses, to remove it.
    pub(crate) fn unused(folder: &Path) -> Option<Self> {
        let lock = Self::open(folder).ok()?;
        (lock.file.try_lock().is_ok() && lock.is_there()).then_some(lock)
    }

    /// Says when the folder was last used.
    pub(crate) fn last_use(folder: &Path) -> SystemTime {
        fs::metadata(path_of(folder))
            .and_then(|data| data.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Removes the file of a folder that is gone.
    pub(crate) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Returns the open file: a process that inherits it has the lock too.
    pub(crate) fn inherited(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    fn open(folder: &Path) -> Result<Self, String> {
        let path = path_of(folder);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        Ok(Self { file, path })
    }

    /// Says whether the file is still what others find: who removed the folder
    /// removed it too.
    fn is_there(&self) -> bool {
        match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(mine), Ok(there)) => mine.ino() == there.ino() && mine.dev() == there.dev(),
            _ => false,
        }
    }
}

fn path_of(folder: &Path) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(ENDING);
    path.into()
}

/// What the names of such files end with.
pub(crate) const ENDING: &str = ".lock";
