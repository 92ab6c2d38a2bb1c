//! What is logged, and where.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::failure::{Failure, Result};

/// Says how much something matters.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    Warning,
    #[default]
    Info,
    Debug,
}

impl Level {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Says what the lines of a log file look like.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// What is logged, and where.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// How much is told.
    pub(super) level: Level,
    /// Where it is written to besides.
    pub(super) file: Option<PathBuf>,
    /// How it is written there.
    pub(super) format: Format,
}

impl LogConfig {
    /// Reads a file of its own.
    ///
    /// # Errors
    ///
    /// It cannot be read, or makes no sense.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("{} cannot be read: {error}", path.display()))
                .advice("name another file with --log-config, or none")
        })?;
        toml::from_str(&text).map_err(|error| {
            Failure::usage(format!("{} makes no sense: {error}", path.display())).advice(
                "write level = \"info\" (or error, warning, debug), file = \"watch.log\" and \
                 format = \"text\" (or json)",
            )
        })
    }
}
