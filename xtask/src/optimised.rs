//! The engine as it is published and measured: compiled by what a load on real servers has shown of it.
//!
//! A call runs through the server, the engine and Python, and the processor waits for their code more than it works. The
//! compiler puts what calls run through together, and out of the way what they do not, once it knows which is which
//! (docs/decisions/engine-profile.md).

mod load;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Interpreter};
use crate::stage::stage;
use crate::toolchain;
use crate::valkey;
use crate::workspace::{Profile, Workspace};

/// What lies between flags in cargo's variable, so that there may be blanks in them.
const BETWEEN: &str = "\x1f";

/// The variable that names a profile that was made before.
const NAMED: &str = "GEARS_PROFILE";

/// Builds it for set-up's Python, and returns the module file.
pub(crate) fn build(workspace: &Workspace, kit: &Kit) -> Result<PathBuf> {
    let base = python::wished(&kit.python)?;
    let profile = profile(workspace, &kit.with(&base), &base)?;
    stage(
        "building the optimised engine",
        "about 200 s the first time, seconds later",
        || {
            let mut engine = Engine::new(workspace, kit, "optimised")?;
            engine.build(&uses(&profile))
        },
    )
}

/// Names the flag that has the compiler go by a profile.
pub(crate) fn uses(profile: &Path) -> String {
    format!("-Cprofile-use={}", profile.display())
}

/// An engine that is built with a flag of its own, in a place of its own.
pub(crate) struct Engine {
    command: Command,
    module: PathBuf,
}

impl Engine {
    /// Prepares to build in a folder of the target folder, for the Python of the kit.
    pub(crate) fn new(workspace: &Workspace, kit: &Kit, folder: &str) -> Result<Self> {
        let host = toolchain::host()?;
        let target = workspace.target.join(folder);
        // With `--target`, build scripts and macros are left without the flag.
        let words = [
            "build",
            "--release",
            "--package",
            "gears-engine",
            "--target",
        ];
        let mut command = kit.cargo(workspace, Profile::Release, &words);
        command.arg(&host).arg("--target-dir").arg(&target);
        let there = Workspace {
            root: workspace.root.clone(),
            house: workspace.house.clone(),
            target: target.join(host),
        };
        Ok(Self {
            command,
            module: there.engine(Profile::Release),
        })
    }

    /// Has a variable for the build.
    pub(crate) fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.command.env(name, value);
        self
    }

    /// Builds it, with the user's own flags and this one, and returns the module file.
    pub(crate) fn build(&mut self, flag: &str) -> Result<PathBuf> {
        let users = users_flags(
            env::var("CARGO_ENCODED_RUSTFLAGS").ok(),
            env::var("RUSTFLAGS").ok(),
        );
        let flags = [users.as_slice(), &[flag.to_owned()]].concat();
        self.command
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join(BETWEEN));
        process::run(&mut self.command)?;
        Ok(self.module.clone())
    }
}

/// Reads the user's flags as cargo does.
fn users_flags(encoded: Option<String>, plain: Option<String>) -> Vec<String> {
    let words = |text: &str, between: &str| {
        let words = text.split(between).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    match (encoded, plain) {
        (Some(text), _) => words(&text, BETWEEN),
        (None, Some(text)) => words(&text, " "),
        (None, None) => Vec::new(),
    }
}

/// Makes the profile for a Python, which is that of the kit, and returns where it is; one that is newer than what it is of
/// stays.
pub(crate) fn profile(workspace: &Workspace, kit: &Kit, base: &Interpreter) -> Result<PathBuf> {
    if let Some(named) = process::named_path(NAMED) {
        // Absolute, because compilers run in other folders; one that is not there is their error.
        return Ok(std::path::absolute(named)?);
    }
    let merger = toolchain::profdata(&workspace.root)?;
    let engine = stage(
        &format!(
            "building an engine that counts for Python {}",
            base.version()
        ),
        "about 180 s the first time, 90 s for another Python, seconds later",
        || Engine::new(workspace, kit, "counting")?.build("-Cprofile-generate"),
    )?;
    // In one place for all Pythons, as cargo builds everything anew when a flag changes, and what has nothing to do with Python need not be.
    let profile = workspace.target.join("counting").join("engine.profdata");
    if is_newer(&profile, &[&engine, &env::current_exe()?]) {
        return Ok(profile);
    }
    stage("having it count calls", "about 20 s", || {
        count(workspace, kit, &engine, &merger, &profile)
    })?;
    Ok(profile)
}

/// Puts a load on each server there is, and what the engine has counted there into one profile.
fn count(workspace: &Workspace, kit: &Kit, engine: &Path, merger: &Path, profile: &Path) -> Result {
    let counts = workspace.target.join("counting").join("counts");
    // Those of an engine that was another are no use.
    let _ = fs::remove_dir_all(&counts);
    fs::create_dir_all(&counts)?;
    load::run(&kit.server, engine, &counts)?;
    load::run_with_library(&valkey::housed(&workspace.house), engine, &counts)?;
    let fresh = profile.with_extension("fresh");
    process::quietly(
        Command::new(merger)
            .args(["merge", "--output"])
            .arg(&fresh)
            .arg(&counts),
    )?;
    Ok(fs::rename(fresh, profile)?)
}

/// Tells whether a file was written after all of these.
fn is_newer(file: &Path, others: &[&Path]) -> bool {
    let written = |path: &Path| fs::metadata(path)?.modified();
    let Ok(when) = written(file) else {
        return false;
    };
    let is_older = |other: &&Path| written(other).is_ok_and(|other: SystemTime| other < when);
    others.iter().all(is_older)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_user_stay() {
        let flags = |encoded: Option<&str>, plain: Option<&str>| {
            users_flags(encoded.map(str::to_owned), plain.map(str::to_owned))
        };
        assert_eq!(flags(None, None), [""; 0]);
        assert_eq!(flags(None, Some("-Ca  -Cb ")), ["-Ca", "-Cb"]);
        assert_eq!(
            flags(Some("-Ca=b c\x1f-Cd"), Some("-Ce")),
            ["-Ca=b c", "-Cd"]
        );
        assert_eq!(flags(Some(""), Some("-Ce")), [""; 0]);
    }

    #[test]
    fn a_profile_is_older_than_a_file_that_is_not_there() {
        let here = env::current_exe().unwrap();
        let gone = Path::new("/no/such/file");
        assert!(is_newer(&here, &[]));
        assert!(!is_newer(gone, &[]));
        assert!(!is_newer(&here, &[&here]));
        assert!(!is_newer(&here, &[gone]));
    }
}
