//! `cargo xtask wheel`: packs the engine as a Python package, for people who have no compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Choice, Interpreter};
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// Reads the options: the Pythons to pack the engine for, none for that of set-up.
fn parse(arguments: &[String]) -> Result<Vec<PathBuf>> {
    match arguments.split_first() {
        None => Ok(Vec::new()),
        Some((word, pythons)) if word == "--python" && !pythons.is_empty() => {
            Ok(pythons.iter().map(PathBuf::from).collect())
        }
        Some((word, _)) if word == "--python" => Err("--python needs the paths of Pythons".into()),
        Some((word, _)) => Err(format!("`{word}` is no option of `wheel`").into()),
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let pythons = parse(arguments)?;
    let kit = setup::run(workspace)?;
    if pythons.is_empty() {
        build(workspace, &kit)?;
        return pack(workspace, &kit, &workspace.engine(Profile::Release));
    }
    for path in &pythons {
        let base = match python::choose(Some(path)) {
            Choice::Found(base) => base,
            Choice::Missing(faults) => return Err(faults.join("; ").into()),
        };
        let place = beside(workspace, &base);
        // That Python needs no environment: nothing of it runs here.
        let kit_there = Kit {
            python: base.executable.clone(),
            library: base.shared_library(),
            ..kit.clone()
        };
        build(&place, &kit_there)?;
        // Packed by set-up's Python, whatever it was built for: that one has the packer.
        pack(workspace, &kit, &place.engine(Profile::Release))?;
    }
    Ok(())
}

/// Says where it is built for another Python: beside what is built for set-up's, which would be built anew each time.
fn beside(workspace: &Workspace, base: &Interpreter) -> Workspace {
    let folder = workspace.target.join("pythons").join(base.version());
    Workspace {
        root: workspace.root.clone(),
        target: folder.join("target"),
        house: workspace.house.clone(),
    }
}

/// Builds an engine that names no Python of this machine.
fn build(place: &Workspace, kit: &Kit) -> Result {
    stage(
        &format!("building the engine with {}", kit.python.display()),
        "about 180 s the first time, seconds later",
        || {
            let words = ["build", "--release", "--package", "gears-engine"];
            let mut cargo = kit.cargo(place, Profile::Release, &words);
            cargo.arg("--target-dir").arg(&place.target);
            process::run(cargo.env("GEARS_PACKAGED", "1"))
        },
    )
}

/// Packs a module; the packer tells the path of the wheel.
fn pack(workspace: &Workspace, kit: &Kit, engine: &Path) -> Result {
    stage("packing it", "about 5 s", || {
        process::run(
            Command::new(&kit.python)
                .args(["-B", "-m", "hatchling", "build", "--target", "wheel"])
                .arg("--directory")
                .arg(workspace.target.join("wheels"))
                .env("PYTHONPATH", workspace.house.join("packer"))
                .env("GEARS_ENGINE", engine)
                .current_dir(workspace.root.join("gears-engine/wheel")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Vec<PathBuf>> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn pythons_are_read() {
        assert!(parsed("").unwrap().is_empty());
        let pythons = parsed("--python python3.9 /usr/bin/python3.11").unwrap();
        assert_eq!(
            pythons,
            [Path::new("python3.9"), Path::new("/usr/bin/python3.11")]
        );
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in ["--python", "python3.9", "--pythons python3.9"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
