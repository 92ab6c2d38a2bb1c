//! Finds a Redis or Valkey server binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;

/// The oldest server that the engine loads in.
const OLDEST: (u32, u32) = (6, 2);

/// Names the server binary in set-up's folder.
pub(crate) fn housed(house: &Path) -> PathBuf {
    house.join("bin").join("redis-server")
}

/// The value of `GEARS_REDIS_SERVER`, when it is set to something.
pub(crate) fn wish() -> Option<PathBuf> {
    // Absolute, because builds and tests run in other folders.
    process::named_path("GEARS_REDIS_SERVER").map(|path| std::path::absolute(&path).unwrap_or(path))
}

/// Finds the server to use; an error says what is wrong with the wished one.
pub(crate) fn find(house: &Path) -> Result<Option<PathBuf>> {
    if let Some(wish) = wish() {
        return match fault(&wish) {
            None => Ok(Some(wish)),
            Some(fault) => Err(format!("GEARS_REDIS_SERVER={}: {fault}", wish.display()).into()),
        };
    }
    let found = ["redis-server", "valkey-server"]
        .into_iter()
        .filter_map(process::find_program)
        .chain([housed(house)])
        .find(|program| fault(program).is_none());
    match found {
        Some(program) => Ok(Some(program)),
        None => link_tool(house),
    }
}

/// Debian's `redis-tools` holds the server too: there, `redis-server` is a link
/// to `redis-check-rdb`, and the package of that name adds the link and a
/// service that nobody asked for. So the link is made here.
fn link_tool(house: &Path) -> Result<Option<PathBuf>> {
    let link = housed(house);
    for tool in ["redis-check-rdb", "valkey-check-rdb"] {
        let Some(tool) = process::find_program(tool) else {
            continue;
        };
        fs::create_dir_all(house.join("bin"))?;
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(tool, &link)?;
        if fault(&link).is_none() {
            return Ok(Some(link));
        }
        fs::remove_file(&link)?;
    }
    Ok(None)
}

/// Says why a binary is no server for the engine, `None` when it is one.
pub(crate) fn fault(program: &Path) -> Option<String> {
    if !process::is_executable(program) {
        return Some("not an executable file".to_owned());
    }
    let text = match process::capture(Command::new(program).arg("--version")) {
        Ok(text) => text,
        Err(error) => return Some(error.to_string()),
    };
    match version(&text) {
        None => Some("not a Redis or Valkey server".to_owned()),
        Some(version) if version < OLDEST => Some(format!(
            "version {}.{} is older than {}.{}",
            version.0, version.1, OLDEST.0, OLDEST.1
        )),
        Some(_) => None,
    }
}

/// Reads the version out of `Redis server v=7.0.15 sha=…`.
pub(crate) fn version(text: &str) -> Option<(u32, u32)> {
    if !text.to_ascii_lowercase().contains("server v=") {
        return None;
    }
    let (_, rest) = text.split_once("v=")?;
    let mut numbers = rest
        .split(|c: char| !c.is_ascii_digit())
        .map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_both_servers_are_read() {
        let redis = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        let valkey = "Valkey server v=9.1.0 sha=00000000:0 malloc=libc bits=64 build=1";
        assert_eq!(version(redis), Some((7, 0)));
        assert_eq!(version(valkey), Some((9, 1)));
    }

    #[test]
    fn other_programs_are_no_servers() {
        assert_eq!(version("redis-cli 7.0.15"), None);
        assert_eq!(version("Usage: redis-check-rdb <rdb-file-name>"), None);
        assert_eq!(version("server v="), None);
        assert!(fault(Path::new("/bin/sh")).is_some());
        assert!(fault(Path::new("/no/such/file")).is_some());
    }
}
