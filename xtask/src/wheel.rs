//! `cargo xtask wheel`: packs the engine as a Python package, for people who have no compiler.

mod debian;

pub(crate) use debian::{has as has_debian, try_wheel};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::chroot::PYTHON;
use crate::crates;
use crate::kit::Kit;
use crate::optimised::{self, Engine};
use crate::process;
use crate::python::{self, Interpreter};
use crate::setup;
use crate::stage::stage;
use crate::workspace::Workspace;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    /// Whether the wheel for Debian's Python is tried there.
    is_tried: bool,
    /// The Pythons to pack the engine for, none for that of set-up.
    pythons: Vec<PathBuf>,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self::default();
        let mut words = arguments.iter().peekable();
        wish.is_tried = words.next_if(|word| *word == "--try").is_some();
        match words.next().map(String::as_str) {
            None => {}
            Some("--python") if words.peek().is_some() => {
                wish.pythons = words.map(PathBuf::from).collect();
            }
            Some("--python") => return Err("--python needs the paths of Pythons".into()),
            Some(word) => return Err(format!("`{word}` is no option of `wheel`").into()),
        }
        Ok(wish)
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let wish = Wish::parse(arguments)?;
    let kit = setup::run(workspace)?;
    let paths = match &wish.pythons[..] {
        [] => std::slice::from_ref(&kit.python),
        paths => paths,
    };
    // All are looked at before the first is built.
    let bases = paths.iter().map(|path| python::wished(path));
    let bases = bases.collect::<Result<Vec<_>>>()?;
    if wish.is_tried && !bases.iter().any(debian::has) {
        return Err(format!("`--try` needs a Python {PYTHON}, as Debian has it").into());
    }
    for base in &bases {
        let wheel = make(workspace, &kit, base)?;
        println!("{}", wheel.display());
        if wish.is_tried && debian::has(base) {
            println!("pass  {}", try_wheel(workspace, base, &wheel)?);
        }
    }
    Ok(())
}

/// Builds and packs the engine for a Python, and returns the wheel.
pub(crate) fn make(workspace: &Workspace, kit: &Kit, base: &Interpreter) -> Result<PathBuf> {
    pack(workspace, kit, &build(workspace, kit, base)?)
}

/// Tells whether a path is that of a wheel.
pub(crate) fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "whl")
}

/// Tells by its name whether a wheel is for this Python.
pub(crate) fn is_for(wheel: &Path, base: &Interpreter) -> bool {
    let name = wheel.file_name().and_then(|name| name.to_str());
    let tag = format!("-{}-", base.tag());
    is_wheel(wheel) && name.is_some_and(|name| name.contains(&tag))
}

/// Builds an engine for a Python that names no Python of this machine, and returns the module file, which is there
/// until the next is built: all are built in one place, as what does not depend on Python is the same for all.
pub(crate) fn build(workspace: &Workspace, kit: &Kit, base: &Interpreter) -> Result<PathBuf> {
    let kit_there = kit.with(base);
    let profile = optimised::profile(workspace, &kit_there, base)?;
    stage(
        &format!("building the engine for Python {}", base.version()),
        "about 180 s the first time, 90 s for another Python",
        || {
            Engine::new(workspace, &kit_there, "packaged")?
                .env("GEARS_PACKAGED", "1")
                .build(&optimised::uses(&profile))
        },
    )
}

/// Packs a module, by set-up's Python, which has the packer, whatever it was built for; returns the wheel.
fn pack(workspace: &Workspace, kit: &Kit, module: &Path) -> Result<PathBuf> {
    let shelf = workspace.target.join("wheels");
    fs::create_dir_all(&shelf)?;
    // A folder with nothing else, as the packer alone knows the name of what it packs.
    let fresh = shelf.join("fresh");
    let crates = crates::write(workspace)?;
    let _ = fs::remove_dir_all(&fresh);
    stage("packing it", "about 5 s", || {
        process::quietly(
            Command::new(&kit.python)
                .args(["-B", "-m", "hatchling", "build", "--target", "wheel"])
                .arg("--directory")
                .arg(&fresh)
                .env("PYTHONPATH", workspace.house.join("packer"))
                .env("GEARS_ENGINE", module)
                .env("GEARS_CRATES", crates)
                .current_dir(workspace.root.join("gears-engine/wheel")),
        )
    })?;
    let packed = fs::read_dir(&fresh)?.next().ok_or("nothing was packed")??;
    let wheel = shelf.join(packed.file_name());
    fs::rename(packed.path(), &wheel)?;
    fs::remove_dir(&fresh)?;
    Ok(wheel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wish> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Wish::parse(&words)
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parsed("").unwrap(), Wish::default());
        let wish = parsed("--try --python python3.9 /usr/bin/python3.11").unwrap();
        assert!(wish.is_tried);
        assert_eq!(
            wish.pythons,
            [Path::new("python3.9"), Path::new("/usr/bin/python3.11")]
        );
        assert!(parsed("--try").unwrap().pythons.is_empty());
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in [
            "--python",
            "python3.9",
            "--pythons python3.9",
            "--try python3.9",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
