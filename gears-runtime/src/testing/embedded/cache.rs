//! What gears keep for a user where the system keeps caches: all of it can be made again.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The folder of a user in which gears keep what can be made again, and what `gears setup` made there.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Returns that of this user; `None` for one without a home.
    pub fn of_user() -> Option<Self> {
        let named = |name| {
            let path = PathBuf::from(env::var_os(name)?);
            path.is_absolute().then_some(path)
        };
        let caches = named("XDG_CACHE_HOME").or_else(|| {
            let caches = match cfg!(target_os = "macos") {
                true => "Library/Caches",
                false => ".cache",
            };
            Some(named("HOME")?.join(caches))
        })?;
        Some(Self::in_caches(&caches))
    }

    fn in_caches(caches: &Path) -> Self {
        let folder = caches.join("gears");
        Self { folder }
    }

    /// Names the folder with what gears require.
    pub(super) fn packages(&self) -> PathBuf {
        self.folder.join("packages")
    }

    /// Names the folder that `gears setup` works in.
    pub fn setup(&self) -> PathBuf {
        self.folder.join("setup")
    }

    /// Names the link to the engine that was set up.
    pub fn engine_link(&self) -> PathBuf {
        self.setup().join("engine")
    }

    /// Names the link to the server that was set up.
    pub fn server_link(&self) -> PathBuf {
        self.setup().join("server")
    }

    /// Returns the engine that was set up.
    ///
    /// By its own path: the module finds its Python beside the file that is loaded, not beside a link.
    pub fn engine(&self) -> Option<PathBuf> {
        behind(&self.engine_link())
    }

    /// Returns the server that was set up, where the machine had none.
    pub fn server(&self) -> Option<PathBuf> {
        behind(&self.server_link())
    }
}

fn behind(link: &Path) -> Option<PathBuf> {
    let file = link.canonicalize().ok()?;
    file.is_file().then_some(file)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn what_was_set_up_is_found_by_its_own_path() {
        let folder = tempfile::tempdir().unwrap();
        let caches = folder.path().canonicalize().unwrap();
        let cache = Cache::in_caches(&caches);
        assert_eq!(cache.engine(), None);
        let module = caches.join("libgears_engine.so");
        fs::create_dir_all(cache.setup()).unwrap();
        symlink(&module, cache.engine_link()).unwrap();
        assert_eq!(cache.engine(), None, "what it named is gone");
        fs::write(&module, "").unwrap();
        assert_eq!(cache.engine(), Some(module));
        assert_eq!(cache.server(), None);
    }
}
