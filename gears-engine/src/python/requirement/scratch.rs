//! Folders that are made beside and moved into place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::home;

/// A folder for what is not kept, removed when it is dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub(super) fn new() -> Result<Self, String> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Other servers, maybe of other containers, may use the same home.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |now| now.as_nanos());
        let name = format!("scratch-{}-{now:x}-{number}", std::process::id());
        let folder = home().join("requirements").join(name);
        create(&folder)?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))
}

/// Moves a finished folder to where it stays; all at once, so that a folder that
/// is there has everything. Another server may have been faster.
pub(super) fn put_in_place(made: &Path, folder: &Path, replace: bool) -> Result<(), String> {
    let wrong = |error| format!("{} cannot be made: {error}", folder.display());
    if let Some(parent) = folder.parent() {
        create(parent)?;
    }
    let aside = made.with_extension("replaced");
    for _ in 0..10 {
        match fs::rename(made, folder) {
            Ok(()) => return Ok(()),
            // The former one goes to the scratch folder, and away with that.
            Err(_) if folder.exists() => {
                if !replace {
                    return Ok(());
                }
                let _ = fs::remove_dir_all(&aside);
                let _ = fs::rename(folder, &aside);
            }
            Err(error) => return Err(wrong(error)),
        }
    }
    fs::rename(made, folder).map_err(wrong)
}
