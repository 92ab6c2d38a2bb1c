//! What a person does who has the published files, Rust and Python, and no checkout.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::packed;
use crate::Result;
use crate::process;
use crate::python::Interpreter;
use crate::stage::{Seconds, stage};
use crate::workspace::Workspace;

/// The crate of the command line.
const CLI: &str = "redis-gears-cli";

/// A folder of its own, away from the checkout, in which engines lie that were built; removed when dropped.
pub(super) struct Trial {
    folder: PathBuf,
}

impl Trial {
    pub(super) fn begin() -> Result<Self> {
        let folder = env::temp_dir().join(format!("gears-release-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Does it, command by command.
    pub(super) fn run(&self, bundle: &Path, wheels: &Path, pythons: &[Interpreter]) -> Result {
        let start = Instant::now();
        let version = env!("CARGO_PKG_VERSION");
        let cli = format!("gears-{version}/{CLI}-{version}");
        let gears = self.folder.join("installed/bin/gears");
        self.step(
            "tar xzf gears-….tar.gz",
            "at once",
            Command::new("tar").arg("xzf").arg(bundle),
        )?;
        self.step(
            "cargo install --locked --path …",
            "about 200 s",
            &mut self.cargo(&[
                "install",
                "--quiet",
                "--locked",
                "--root",
                "installed",
                "--path",
                &cli,
            ]),
        )?;
        for python in pythons {
            self.step(
                &format!("gears setup --from … with Python {}", python.version()),
                "about 15 s",
                Command::new(&gears)
                    .args(["setup", "--upgrade", "--from"])
                    .arg(wheels)
                    .arg("--python")
                    .arg(&python.executable),
            )?;
        }
        self.step(
            "gears new shop",
            "at once",
            Command::new(&gears).args(["new", "shop"]),
        )?;
        let mut test = self.cargo(&["test", "--quiet"]);
        test.current_dir(self.folder.join("shop"));
        self.step("cargo test", "about 60 s", &mut test)?;
        eprintln!(
            "==> all that a person types without a checkout: {}",
            Seconds(start.elapsed())
        );
        Ok(())
    }

    fn step(&self, name: &str, expectation: &str, command: &mut Command) -> Result {
        if command.get_current_dir().is_none() {
            command.current_dir(&self.folder);
        }
        for (name, _) in env::vars_os() {
            if is_ours(&name) {
                command.env_remove(name);
            }
        }
        command.env("XDG_CACHE_HOME", self.folder.join("caches"));
        stage(name, expectation, || process::run(command))
    }

    fn cargo(&self, words: &[&str]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        cargo
            .args(words)
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo
    }
}

/// Tells whether a variable would lead to the checkout: those of set-up, and those of cargo that runs this.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let starts = ["GEARS_", "PYO3_", "CARGO_PKG_", "CARGO_MANIFEST_"];
    starts.iter().any(|start| name.starts_with(start)) && name != "GEARS_REDIS_SERVER"
}

impl Drop for Trial {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Builds the command line for machines like this one, and packs it.
pub(super) fn keep(workspace: &Workspace, python: &Path, shelf: &Path) -> Result {
    let build = ["build", "--quiet", "--release", "--package", CLI];
    process::run(&mut workspace.cargo(&build))?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("gears-{version}-{}-{}", env::consts::ARCH, env::consts::OS);
    let parent = workspace.target.join("program");
    let folder = parent.join(&name);
    fs::create_dir_all(&folder)?;
    let program = folder.join("gears");
    fs::copy(workspace.target.join("release/gears"), &program)?;
    process::run(Command::new("strip").arg(&program))?;
    let said = process::capture(Command::new(&program).arg("--version"))?;
    if said.trim() != format!("gears {version}") {
        return Err(format!("the command line says that it is {said:?}").into());
    }
    packed::archive_of(
        python,
        &parent,
        &name,
        &shelf.join(format!("{name}.tar.gz")),
    )
}
