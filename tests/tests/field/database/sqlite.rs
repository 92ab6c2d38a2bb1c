//! A file of SQLite.

use std::process::Command;

use tempfile::TempDir;

use crate::shelf;

/// Runs a statement on a file and prints the rows.
const QUERY: &str = "\
import sqlite3, sys
file, statement = sys.argv[1:]
connection = sqlite3.connect(file, timeout=30, isolation_level=None)
for row in connection.execute(statement):
    print('|'.join('' if cell is None else str(cell) for cell in row))
";

/// A database in a folder of its own, which goes with it.
pub(crate) struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    pub(super) fn make() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn file(&self) -> String {
        format!("{}/field.sqlite", self.folder.path().display())
    }

    pub(super) fn connection(&self) -> String {
        // rgsync writes the first slash itself.
        format!(
            "SQLiteConnection('{}')",
            self.file().trim_start_matches('/')
        )
    }

    pub(super) fn query(&self, sql: &str) -> String {
        let ran = Command::new(shelf::python())
            .args(["-I", "-c", QUERY, &self.file(), sql])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{sql}: {errors}");
        String::from_utf8(ran.stdout).unwrap()
    }
}
