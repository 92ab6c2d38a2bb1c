//! What was set up the last time.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// What stands in the file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Record {
    /// The version of the engine's package.
    pub(super) version: String,
    /// A digest of the wheels it came from, when they were in a folder.
    pub(super) wheels: Option<String>,
    /// The Python that the environment was made with, and its version.
    pub(super) python: String,
    pub(super) python_version: String,
    /// What wheels for it have in their names.
    pub(super) tag: String,
    /// The name of the environment's folder.
    pub(super) environment: String,
}

impl Record {
    /// Reads it; `None` when there is none that can be read.
    pub(super) fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(file).ok()?).ok()
    }

    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        fs::write(file, serde_json::to_vec_pretty(self)?)
    }

    /// Tells whether this command line and that engine are of releases that go together.
    pub(super) fn fits(&self, version: &str) -> bool {
        let minor = |version: &str| {
            let mut parts = version.split('.').map(str::to_owned);
            (parts.next(), parts.next())
        };
        minor(&self.version) == minor(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_one_minor_version_go_together() {
        let record = Record {
            version: "0.1.3".to_owned(),
            wheels: None,
            python: "/usr/bin/python3".to_owned(),
            python_version: "3.11.2".to_owned(),
            tag: "cp311".to_owned(),
            environment: "cp311-a".to_owned(),
        };
        assert!(record.fits("0.1.0") && !record.fits("0.2.3") && !record.fits("0.10.3"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("record");
        assert_eq!(Record::read(&file), None);
        record.write(&file).unwrap();
        assert_eq!(Record::read(&file), Some(record));
    }
}
