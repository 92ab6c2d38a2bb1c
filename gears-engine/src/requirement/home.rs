//! Where packages are kept.

use std::path::PathBuf;

use crate::config::config;

/// The folder for packages, which servers may share.
pub(crate) fn home() -> PathBuf {
    config().installation_dir()
}
