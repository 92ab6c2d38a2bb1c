//! Folders that are kept under a name, for all servers that share them.
//!
//! What is kept never changes and is whole: it is made beside and moved into
//! place. The name is a symbolic link to it, so that what takes its place takes
//! nothing away from those who use it; each of them holds a lock on the folder.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::scratch::{create, unique};

/// A folder that is in use as long as this lives.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) folder: PathBuf,
    pub(crate) lock: Lock,
}

/// What tells the folders of one name apart; no name has it.
pub(crate) const MARK: char = '+';

impl Kept {
    /// Uses what is kept under a name.
    pub(crate) fn find(name: &Path) -> Option<Self> {
        Self::hold(target(name)?)
    }

    /// Uses a folder that some name led to.
    pub(crate) fn hold(folder: PathBuf) -> Option<Self> {
        // No lock for what is not there; and somebody may remove it right now.
        if !folder.is_dir() {
            return None;
        }
        let lock = Lock::shared(&folder).ok()?;
        folder.is_dir().then_some(Self { folder, lock })
    }

    /// Keeps a finished folder under a name. Without `replace`, another server
    /// that was faster has the better one.
    ///
    /// # Errors
    ///
    /// When it cannot be moved.
    pub(crate) fn publish(made: &Path, name: &Path, replace: bool) -> Result<Self, String> {
        let wrong = |error| format!("{} cannot be made: {error}", name.display());
        if !replace && let Some(kept) = Self::find(name) {
            return Ok(kept);
        }
        create(name.parent().unwrap_or(name))?;
        let file_name = name.file_name().unwrap_or_default().to_string_lossy();
        let target = format!("{file_name}{MARK}{}", unique());
        let folder = name.with_file_name(&target);
        let lock = Lock::shared(&folder)?;
        fs::rename(made, &folder).map_err(wrong)?;
        let kept = Self { folder, lock };
        if !replace {
            match symlink(&target, name) {
                Ok(()) => return Ok(kept),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(wrong(error)),
            }
            if let Some(faster) = Self::find(name) {
                fs::rename(&kept.folder, made).map_err(wrong)?;
                kept.lock.remove();
                return Ok(faster);
            }
        }
        if name.is_dir() && !name.is_symlink() {
            // No link, so nobody holds it. Without one it is cleaned away.
            let aside = name.with_file_name(format!("{file_name}{MARK}{}", unique()));
            let _ = fs::rename(name, aside);
        }
        let beside = name.with_file_name(format!("{target}.link"));
        symlink(&target, &beside).map_err(wrong)?;
        fs::rename(&beside, name).map_err(|error| {
            let _ = fs::remove_file(&beside);
            wrong(error)
        })?;
        Ok(kept)
    }
}

/// Where a name leads.
pub(crate) fn target(name: &Path) -> Option<PathBuf> {
    Some(name.with_file_name(fs::read_link(name).ok()?.file_name()?))
}
