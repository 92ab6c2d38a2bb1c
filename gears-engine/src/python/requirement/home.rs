//! Where packages are kept.

use std::path::PathBuf;

use crate::config::config;

/// The folder for packages, which servers may share.
pub(super) fn home() -> PathBuf {
    config().installation_dir()
}
