//! Finds the server binary and the engine.

use std::ffi::{OsStr, OsString};
use std::{
    env,
    path::{Path, PathBuf},
};

use super::{cache::Cache, sources};
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
    server_of_machine()
        .or_else(|| Cache::of_user()?.server())
        .ok_or_else(|| {
            Error::configuration(format!(
                "neither redis-server nor valkey-server is on the PATH; {}, or set GEARS_REDIS_SERVER to the \
                 path of one",
                remedy("")
            ))
        })
}

/// Finds the server that this machine has without `gears setup`.
#[doc(hidden)]
pub fn server_of_machine() -> Option<PathBuf> {
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
    on_path.chain(set_up).find(|path| path.is_file())
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
        .or_else(|| Cache::of_user()?.engine())
        .ok_or_else(|| {
            Error::configuration(format!(
                "the engine {name} is not here; {}, or set GEARS_ENGINE to its path",
                remedy(" and `cargo build -p gears-engine`")
            ))
        })
        .and_then(current)
}

/// Says what brings what is missing: in a checkout its own set-up, and elsewhere the command line's.
fn remedy(in_checkout: &str) -> String {
    let current = env::current_dir().unwrap_or_default();
    match current.ancestors().any(is_checkout) {
        true => format!("run `cargo xtask setup`{in_checkout}"),
        false => "run `gears setup`, which comes with `cargo install redis-gears-cli`".to_owned(),
    }
}

fn is_checkout(folder: &Path) -> bool {
    ["gears-engine", "xtask"]
        .iter()
        .all(|member| folder.join(member).join("Cargo.toml").is_file())
}

/// Refuses an engine that cargo would build again: who edits it, or takes in what others did,
/// and forgets to build would try code that is not there any more.
fn current(engine: PathBuf) -> Result<PathBuf> {
    let Some(source) = sources::changed(&engine) else {
        return Ok(engine);
    };
    // For a program of the dev profile, the engine of that profile comes first.
    let release = engine.parent().is_some_and(|it| it.ends_with("release"));
    let option = match release && !cfg!(debug_assertions) {
        true => " --release",
        false => "",
    };
    let (engine, source) = (engine.display(), source.display());
    Err(Error::configuration(format!(
        "the engine {engine} is older than {source}; run `cargo build -p gears-engine{option}`, \
         or set GEARS_ENGINE to its path to take it as it is"
    )))
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
    let folders = program.ancestors().skip(1);
    // Where cargo works. A test runs there, and what is finished lies above it.
    let folders = folders.filter(|folder| !folder.ends_with("deps"));
    folders.map(Path::to_owned).collect()
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn checkouts_are_set_up_by_themselves() {
        // Tests run in the folder of their package.
        let told = remedy(" and more");
        assert_eq!(told, "run `cargo xtask setup` and more");
        assert!(!is_checkout(Path::new(env!("CARGO_MANIFEST_DIR"))));
    }

    #[test]
    fn engine_that_is_older_than_a_source_is_refused_with_what_builds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (engine, source) = (path("libgears_engine.so"), path("lib.rs"));
        fs::write(&engine, "").unwrap();
        fs::write(&source, "").unwrap();
        assert_eq!(current(engine.clone()).unwrap(), engine);

        let list = format!("{}: {}\n", engine.display(), source.display());
        fs::write(path("libgears_engine.d"), list).unwrap();
        let built = fs::metadata(&source).unwrap().modified().unwrap();
        let before = built - std::time::Duration::from_secs(1);
        let file = fs::File::options().write(true).open(&engine).unwrap();
        file.set_modified(built).unwrap();
        assert_eq!(current(engine.clone()).unwrap(), engine);
        file.set_modified(before).unwrap();
        let error = current(engine.clone()).unwrap_err().to_string();
        let expected = format!(
            "the engine {} is older than {}; run `cargo build -p gears-engine`, ",
            engine.display(),
            source.display()
        );
        assert!(error.starts_with(&expected), "{error}");
    }
}
