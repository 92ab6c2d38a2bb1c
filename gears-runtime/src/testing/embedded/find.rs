//! Finds the server binary and the engine.

use std::ffi::{OsStr, OsString};
use std::{
    env,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

const SERVERS: [&str; 2] = ["redis-server", "valkey-server"];
const PROFILES: [&str; 2] = ["debug", "release"];

/// Finds the server binary.
pub(super) fn server(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return existing(path.to_owned(), "`Builder::server_binary`");
    }
    if let Some(path) = variable("GEARS_REDIS_SERVER") {
        return existing(path.into(), "GEARS_REDIS_SERVER");
    }
    let on_path = env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .flat_map(|folder| SERVERS.map(|name| folder.join(name)))
        .collect::<Vec<_>>();
    // `redis-server` anywhere comes before `valkey-server` anywhere.
    let on_path = SERVERS.iter().flat_map(|name| {
        on_path
            .iter()
            .filter(move |path| path.ends_with(name))
            .cloned()
    });
    let set_up = target_folders()
        .into_iter()
        .flat_map(|folder| SERVERS.map(|name| folder.join("gears/bin").join(name)));
    on_path
        .chain(set_up)
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Error::configuration(
                "neither redis-server nor valkey-server is on the PATH; run `cargo xtask setup`, \
                 or set GEARS_REDIS_SERVER to the path of one",
            )
        })
}

/// Finds the engine.
pub(super) fn engine(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return existing(path.to_owned(), "`Builder::engine`");
    }
    if let Some(path) = variable("GEARS_ENGINE") {
        return existing(path.into(), "GEARS_ENGINE");
    }
    let name = format!(
        "{}gears_engine{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    );
    let beside = program_folders();
    let built = target_folders()
        .into_iter()
        .flat_map(|folder| PROFILES.map(|profile| folder.join(profile)));
    beside
        .into_iter()
        .chain(built)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Error::configuration(format!(
                "the engine {name} is not built; run `cargo xtask setup` and \
                 `cargo build -p gears-engine`, or set GEARS_ENGINE to its path"
            ))
        })
}

fn existing(path: PathBuf, source: &str) -> Result<PathBuf> {
    // Absolute, as the server runs in a folder of its own. Links stay as they
    // are: a server knows by the name it is called with what it has to be, and
    // Debian's redis-server is a link to its redis-check-rdb.
    match std::path::absolute(&path) {
        Ok(path) if path.is_file() => Ok(path),
        _ => Err(Error::configuration(format!(
            "{source} names {}, which is no file",
            path.display()
        ))),
    }
}

/// Returns the folders that hold the running program, innermost first.
fn program_folders() -> Vec<PathBuf> {
    let program = env::current_exe().unwrap_or_default();
    program.ancestors().skip(1).map(Path::to_owned).collect()
}

/// Returns what may be cargo's target folder.
///
/// A doc test runs from a temporary folder: its target folder is found from
/// the folder it runs in, which cargo sets to that of the package.
fn target_folders() -> Vec<PathBuf> {
    let mut folders = program_folders();
    folders.extend(variable("CARGO_TARGET_DIR").map(PathBuf::from));
    // Of the checkout that the program depends on by its path.
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let current = env::current_dir().unwrap_or_default();
    folders.extend(current.ancestors().map(|folder| folder.join("target")));
    folders
}

/// Returns the value of an environment variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| value != OsStr::new(""))
}
