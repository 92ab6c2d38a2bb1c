//! A folder of wheels, from which the engine is installed without a network.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::failure::{Code, Failure, Result};

/// What the package is called in the names of its wheels.
const NAME: &str = "gears_engine";

/// A folder, and the wheels in it.
#[derive(Debug)]
pub(super) struct Wheels {
    pub(super) folder: PathBuf,
    /// The names of all of them, in order.
    names: Vec<String>,
}

impl Wheels {
    /// Looks what is in a folder.
    ///
    /// # Errors
    ///
    /// It cannot be read, or holds no engine at all.
    pub(super) fn look(folder: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| {
            Failure::usage(format!("{} cannot be read: {error}", folder.display()))
                .advice("name the folder that holds the wheels, such as target/wheels of a checkout")
        };
        let folder = folder.canonicalize().map_err(unreadable)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".whl") {
                names.push(name.into_owned());
            }
        }
        names.sort();
        let wheels = Self { folder, names };
        if wheels.engines().next().is_none() {
            return Err(Failure::new(Code::Failed, format!("there is no wheel of gears-engine in {wheels}"))
                .advice("`cargo xtask wheel` in a checkout of gears makes one, below target/wheels"));
        }
        Ok(wheels)
    }

    /// Tells whether one is for this Python; for which systems, pip knows.
    pub(super) fn fit(&self, tag: &str) -> bool {
        self.of(tag).next().is_some()
    }

    fn engines(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|name| {
            let rest = name.strip_prefix(NAME);
            rest.is_some_and(|rest| rest.starts_with('-'))
        })
    }

    fn of(&self, tag: &str) -> impl Iterator<Item = &String> {
        // Name, version, Python, its binary interface, system.
        self.engines()
            .filter(move |name| name.split('-').rev().nth(2) == Some(tag))
    }

    /// Returns a digest of those for this Python: one that was built anew has the name of the old one.
    ///
    /// # Errors
    ///
    /// One cannot be read.
    pub(super) fn digest(&self, tag: &str) -> Result<String> {
        let mut digest = Sha256::new();
        for name in self.of(tag) {
            let path = self.folder.join(name);
            let content = fs::read(&path).map_err(|error| {
                Failure::new(Code::Failed, format!("{} cannot be read: {error}", path.display()))
            })?;
            digest.update(content);
        }
        let bytes = digest.finalize();
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Names the folder and what it holds.
impl fmt::Display for Wheels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, which holds ", self.folder.display())?;
        match self.names.as_slice() {
            [] => f.write_str("no wheel"),
            names => f.write_str(&names.join(", ")),
        }
    }
}
