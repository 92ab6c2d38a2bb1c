//! `cargo xtask deb`: packs the engine as a Debian package, for the Python of the distribution that builds it.

mod tree;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::tree::Tree;
pub(crate) use self::trial::try_package;
use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Interpreter};
use crate::setup;
use crate::stage::stage;
use crate::wheel;
use crate::workspace::Workspace;

/// The distribution's Python, for which its packages are.
const PYTHON: &str = "/usr/bin/python3";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let is_tried = match arguments {
        [] => false,
        [word] if word == "--try" => true,
        [word, ..] => return Err(format!("`{word}` is no option of `deb`").into()),
    };
    let kit = setup::run(workspace)?;
    let package = make(workspace, &kit)?;
    println!("{}", package.display());
    if is_tried {
        println!("pass  {}", try_package(workspace, &package)?);
    }
    Ok(())
}

/// Builds and packs the engine, and returns the package.
pub(crate) fn make(workspace: &Workspace, kit: &Kit) -> Result<PathBuf> {
    let missing = ["dpkg-deb", "dpkg-shlibdeps", "strip"]
        .into_iter()
        .find(|name| process::find_program(name).is_none());
    if let Some(name) = missing {
        return Err(format!("{name} is missing: `apt-get install dpkg-dev binutils`").into());
    }
    let base = python::wished(Path::new(PYTHON)).map_err(|error| {
        format!("{error}: it takes the distribution's: `apt-get install python3-dev python3-venv`")
    })?;
    let module = wheel::build(workspace, kit, &base)?;
    stage("packing it", "about 10 s", || {
        pack(workspace, &base, &module)
    })
}

fn pack(workspace: &Workspace, base: &Interpreter, module: &Path) -> Result<PathBuf> {
    let folder = workspace.target.join("deb");
    // The one of an earlier version would be taken for this by who looks for `*.deb`.
    let _ = fs::remove_dir_all(&folder);
    let packed = Packed::new(workspace)?;
    let tree = Tree::lay(workspace, &folder.join("tree"), &packed, base, module)?;
    let package = folder.join(packed.file());
    process::quietly(
        Command::new("dpkg-deb")
            .args(["--build", "--root-owner-group"])
            .arg(tree.root())
            .arg(&package)
            // The same bytes each time: files are as old as the commit.
            .env("SOURCE_DATE_EPOCH", packed.time.to_string()),
    )?;
    Ok(package)
}

/// What a package says of itself.
struct Packed {
    version: String,
    architecture: String,
    maintainer: String,
    /// When the sources were committed, in seconds since 1970.
    time: u64,
}

impl Packed {
    fn new(workspace: &Workspace) -> Result<Self> {
        let architecture = process::capture(Command::new("dpkg").arg("--print-architecture"))?
            .trim()
            .to_owned();
        let time = process::capture(
            Command::new("git")
                .args(["log", "-1", "--format=%ct"])
                .current_dir(&workspace.root),
        )?;
        // As Debian's own tools read who packs.
        let told = |name, other: &str| std::env::var(name).unwrap_or_else(|_| other.to_owned());
        let name = told("DEBFULLNAME", "the gears developers");
        let address = told("DEBEMAIL", "gears@packages.invalid");
        Ok(Self {
            version: format!("{}-1", env!("CARGO_PKG_VERSION")),
            architecture,
            maintainer: format!("{name} <{address}>"),
            time: time.trim().parse()?,
        })
    }

    /// Names the file as Debian's tools do.
    fn file(&self) -> String {
        format!("gears-engine_{}_{}.deb", self.version, self.architecture)
    }

    /// Writes when the sources were committed, as `date` is told to.
    fn date(&self, form: &str) -> Result<String> {
        let told = process::capture(
            Command::new("date")
                .args(["--utc", form])
                .arg(format!("--date=@{}", self.time))
                .env("LC_ALL", "C"),
        )?;
        Ok(told.trim().to_owned())
    }

    /// Writes the changelog of the packing, whose one entry points to that of the engine.
    fn changelog(&self) -> Result<String> {
        Ok(format!(
            "gears-engine ({}) unstable; urgency=medium\n\n  * Release {}: what is new stands in changelog.gz.\n\n \
             -- {}  {}\n",
            self.version,
            env!("CARGO_PKG_VERSION"),
            self.maintainer,
            self.date("--rfc-email")?
        ))
    }
}
