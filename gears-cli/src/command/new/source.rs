//! Where a new crate gets gears from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value as Json;

use crate::failure::{Failure, Result};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What an application is built of, of ours.
const CRATES: [&str; 3] = ["gears-runtime", "gears-macros", "gears-python"];

/// Where gears come from.
#[derive(Debug)]
pub(super) enum Source {
    /// The registry that cargo asks.
    Registry,
    /// A checkout of gears.
    Checkout(PathBuf),
    /// A folder with the crates of this version as they are packed, each in its own folder.
    Packed(PathBuf),
}

impl Source {
    /// Looks what a folder is.
    ///
    /// # Errors
    ///
    /// Neither a checkout nor packed crates of this version; or its path is none that a manifest can hold.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let Some(source) = Self::look(&folder) else {
            let message = format!(
                "{} is no checkout of gears, and does not hold the packed crates of {VERSION}",
                folder.display()
            );
            return Err(Failure::usage(message).advice(format!(
                "name the folder that holds gears-runtime, or gears-runtime-{VERSION} and those beside it"
            )));
        };
        if folder.to_str().is_none() {
            let message = format!("{} is not UTF-8, so no Cargo.toml can name it", folder.display());
            return Err(Failure::usage(message).advice("move it to a folder whose name is"));
        }
        Ok(source)
    }

    /// Returns where this program was built from, as long as it is there.
    pub(super) fn of_this_program() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        // What cargo unpacked there came from a registry, which has the others too.
        let is_unpacked = own
            .parent()
            .is_some_and(|it| it.ancestors().any(|it| it.ends_with("registry/src")));
        let beside = own.parent().filter(|_| !is_unpacked);
        beside
            .and_then(|folder| Self::of(folder).ok())
            .unwrap_or(Self::Registry)
    }

    fn look(folder: &Path) -> Option<Self> {
        let has = |name: &str| folder.join(name).join("Cargo.toml").is_file();
        if has("gears-runtime") {
            return Some(Self::Checkout(folder.to_owned()));
        }
        let is_packed = CRATES.iter().all(|name| has(&packed(name)));
        is_packed.then(|| Self::Packed(folder.to_owned()))
    }

    /// Returns the folder that it is, for a program.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Registry => None,
            Self::Checkout(folder) | Self::Packed(folder) => Some(folder),
        }
    }

    /// Writes what a manifest says of `gears-runtime`, without the braces.
    pub(super) fn requirement(&self) -> String {
        match self {
            Self::Checkout(folder) => format!("path = {}", quoted(&folder.join(CRATES[0]))),
            Self::Registry | Self::Packed(_) => format!("version = \"{VERSION}\""),
        }
    }

    /// Writes the part of a manifest that replaces what a registry has, with why it does.
    pub(super) fn patch(&self) -> String {
        let Self::Packed(folder) = self else {
            return String::new();
        };
        let mut patch = format!(
            "\n# Until a registry has gears {VERSION}, its crates come from where they were unpacked. Take this out then.\n\
             [patch.crates-io]\n"
        );
        for name in CRATES {
            let path = quoted(&folder.join(packed(name)));
            patch.push_str(&format!("{name} = {{ path = {path} }}\n"));
        }
        patch
    }
}

/// Names the folder of a crate as it is packed.
fn packed(name: &str) -> String {
    format!("{name}-{VERSION}")
}

/// Texts in quotes are the same in JSON and in TOML.
fn quoted(path: &Path) -> Json {
    Json::from(path.to_string_lossy())
}
