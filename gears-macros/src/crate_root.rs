use std::ffi::OsString;
use std::path::PathBuf;
use std::{env, fs};

use gears_python::PythonVersion;
use toml::de::DeTable;

/// The folder of the crate that is being compiled: the only place that is read from, and only the body file and
/// `Cargo.toml` there.
pub(crate) struct CrateRoot {
    folder: Option<PathBuf>,
}

/// A file that was read.
pub(crate) struct ReadFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl CrateRoot {
    /// Takes the folder that cargo names; there is none when another build tool runs the compiler.
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo sets the folder anew for each crate, so a change needs no tracking"
    )]
    pub(crate) fn from_env() -> Self {
        Self::new(env::var_os("CARGO_MANIFEST_DIR"))
    }

    pub(crate) fn new(folder: Option<OsString>) -> Self {
        Self {
            folder: folder.map(PathBuf::from),
        }
    }

    /// Reads a file that a gear names.
    ///
    /// # Errors
    ///
    /// Returns a message, without a place, that names the file and what keeps it from being read.
    pub(crate) fn read(&self, relative: &str) -> Result<ReadFile, String> {
        let path = match &self.folder {
            Some(folder) => folder.join(relative),
            None => PathBuf::from(relative),
        };
        let text = fs::read(&path)
            .map_err(|error| {
                format!("cannot read `{relative}` in the crate's root, the folder of Cargo.toml: {error}")
            })
            .and_then(|bytes| {
                String::from_utf8(bytes)
                    .map_err(|_| format!("`{relative}` is not UTF-8 text, save it as such"))
            })?;
        Ok(ReadFile { path, text })
    }

    /// Returns the crate's `Cargo.toml`, if cargo is at work.
    pub(crate) fn manifest(&self) -> Option<ReadFile> {
        self.folder.as_ref()?;
        self.read("Cargo.toml").ok()
    }
}

/// Finds `python = "…"` under `[package.metadata.gears]`.
///
/// # Errors
///
/// Returns a message when there is such a line and no version can be made of it.
pub(crate) fn python_of_manifest(manifest: &str) -> Result<Option<PythonVersion>, String> {
    // Cargo has read the file before us, so there is nothing to say about one that is no TOML.
    let Ok(table) = DeTable::parse(manifest) else {
        return Ok(None);
    };
    let found = ["package", "metadata", "gears"]
        .into_iter()
        .try_fold(table.get_ref(), |table, key| {
            table.get(key)?.get_ref().as_table()
        })
        .and_then(|table| table.get("python"));
    let Some(value) = found else {
        return Ok(None);
    };
    let said = "`python` under [package.metadata.gears] in Cargo.toml";
    let text = value
        .get_ref()
        .as_str()
        .ok_or_else(|| format!("{said} is not a string, write it like `python = \"3.9\"`"))?;
    text.parse()
        .map(Some)
        .map_err(|error| format!("{said}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(manifest: &str) -> Result<Option<String>, String> {
        Ok(python_of_manifest(manifest)?.map(|version| version.to_string()))
    }

    #[test]
    fn finds_the_version_however_it_is_spelled() {
        for manifest in [
            "[package.metadata.gears]\npython = \"3.7\"",
            "[package]\nname = \"x\"\nmetadata.gears.python = '3.7'",
            "[package]\nmetadata = { gears = { python = \"3.7\" } }",
        ] {
            assert_eq!(python(manifest), Ok(Some("3.7".into())));
        }
    }

    #[test]
    fn no_version_is_no_error_but_a_wrong_one_is() {
        assert_eq!(python(""), Ok(None));
        assert_eq!(
            python("[package.metadata.other]\npython = \"3.7\""),
            Ok(None)
        );
        assert_eq!(python("not toml ["), Ok(None));
        let error = python("[package.metadata.gears]\npython = 3.9").unwrap_err();
        assert!(error.contains("is not a string"), "{error}");
        let error = python("[package.metadata.gears]\npython = \"2.7\"").unwrap_err();
        assert!(
            error.contains("Cargo.toml: unknown Python version `2.7`"),
            "{error}"
        );
    }
}
