//! Where servers install the Python packages that gears require.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use super::{Builder, cache::Cache};

/// Names another folder than that of the user.
const VARIABLE: &str = "GEARS_PACKAGES";

/// Settings of the engine with which a server has packages of its own, wherever it puts them.
const OWN: [&str; 2] = ["PipArguments", "PythonInstallationDir"];

impl Builder {
    /// Returns where the packages go: by default one folder of the user, in which the engine keeps an environment for
    /// each set of requirements and each Python, and which servers share while they run.
    ///
    /// A server whose pip is told where packages come from, or what to do, must not get what others installed, and
    /// they must not get its own.
    pub(super) fn packages_in(&self, folder: &Path) -> PathBuf {
        if let Some(given) = &self.packages_dir {
            return given.clone();
        }
        let own = folder.join("python");
        let asks_otherwise = self.envs.iter().any(|(name, _)| is_of_pip(name));
        let is_set = |argument: &OsStr| OWN.iter().any(|name| argument.eq_ignore_ascii_case(name));
        if asks_otherwise || self.engine_args.iter().any(|argument| is_set(argument)) {
            return own;
        }
        match of_user() {
            Some(shared) if is_writable(&shared) => shared,
            _ => own,
        }
    }
}

fn is_of_pip(variable: &OsStr) -> bool {
    variable.as_encoded_bytes().starts_with(b"PIP_")
}

/// Returns the folder that all servers of a user share.
fn of_user() -> Option<PathBuf> {
    match env::var_os(VARIABLE).filter(|given| !given.is_empty()) {
        Some(given) => std::path::absolute(given).ok(),
        None => Some(Cache::of_user()?.packages()),
    }
}

/// Tells whether something can be kept there; who builds in a sandbox may have no home.
fn is_writable(folder: &Path) -> bool {
    fs::create_dir_all(folder).is_ok() && tempfile::tempfile_in(folder).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::embedded::Server;

    fn is_own(builder: &Builder) -> bool {
        let folder = Path::new("/tmp/gears-of-this-server");
        builder.packages_in(folder).starts_with(folder)
    }

    #[test]
    fn servers_with_pip_of_their_own_share_no_packages() {
        for builder in [
            Server::builder().env("PIP_NO_INDEX", "1"),
            Server::builder().engine_args(["PipArguments", "--pre"]),
            Server::builder().engine_args(["pythoninstallationdir", "/elsewhere"]),
        ] {
            assert!(is_own(&builder), "{builder:?}");
        }
    }

    #[test]
    fn folder_that_is_given_wins() {
        let builder = Server::builder().env("PIP_NO_INDEX", "1");
        let builder = builder.packages_dir("/var/packages");
        let folder = builder.packages_in(Path::new("/tmp/own"));
        assert_eq!(folder, Path::new("/var/packages"));
    }

    #[test]
    fn folder_that_cannot_be_written_is_not_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!is_writable(&file.path().join("packages")));
        assert!(is_writable(&env::temp_dir()));
    }
}
