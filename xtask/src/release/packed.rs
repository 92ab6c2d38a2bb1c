//! The crates as they are published.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::workspace::Workspace;

/// What is published, in the order in which it can be.
pub(super) const CRATES: [&str; 4] = [
    "gears-python",
    "gears-macros",
    "gears-runtime",
    "redis-gears-cli",
];

/// Packs folders.
const ARCHIVE: &str = include_str!("archive.py");

/// Stands above the lines that name the crates.
const MANIFEST: &str = "\
# The crates of gears as they are published, for who has them from nowhere else yet:
#   cargo install --locked --path redis-gears-cli-…
# An application says so in its own Cargo.toml, as those of `gears new` do.
[workspace]
resolver = \"3\"
members = [\"*-*\"]

# Whoever builds it waits for that, so it is quick to build. The program that is published beside it is quicker to run.
[profile.release]
opt-level = 1

[patch.crates-io]
";

/// Packs the crates and returns the folders that hold what is in each, and nothing else.
pub(super) fn pack(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut package = workspace.cargo(&["package", "--quiet", "--no-verify", "--allow-dirty"]);
    for name in CRATES {
        package.args(["--package", name]);
    }
    process::run(&mut package)?;
    let packed = workspace.target.join("package");
    CRATES
        .iter()
        .map(|name| {
            let name = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
            let folder = packed.join(&name);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            let archive = format!("{name}.crate");
            process::run(
                Command::new("tar")
                    .args(["xzf", &archive])
                    .current_dir(&packed),
            )?;
            complete(&folder)?;
            Ok(folder)
        })
        .collect()
}

/// Checks that a packed crate has what everybody expects of one.
fn complete(folder: &Path) -> Result {
    for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        if !folder.join(file).is_file() {
            return Err(format!("{} lacks {file}", folder.display()).into());
        }
    }
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    for field in [
        "description",
        "keywords",
        "categories",
        "license",
        "rust-version",
    ] {
        if !manifest
            .lines()
            .any(|line| line.starts_with(&format!("{field} =")))
        {
            return Err(format!("{} has no `{field}`", folder.display()).into());
        }
    }
    Ok(())
}

/// Puts the crates and a manifest around them into a folder that somebody builds from who has nothing else, and packs
/// that folder; returns the archive. Without a release, cargo finds none of them anywhere else.
pub(super) fn bundle(
    workspace: &Workspace,
    python: &Path,
    crates: &[PathBuf],
    shelf: &Path,
) -> Result<PathBuf> {
    let name = format!("gears-{}", env!("CARGO_PKG_VERSION"));
    let parent = workspace.target.join("bundle");
    let _ = fs::remove_dir_all(&parent);
    let folder = parent.join(&name);
    fs::create_dir_all(&folder)?;
    let mut manifest = String::from(MANIFEST);
    for (name, packed) in CRATES.iter().zip(crates) {
        let own = packed.file_name().ok_or("a packed crate without a name")?;
        copy(packed, &folder)?;
        manifest.push_str(&format!("{name} = {{ path = {own:?} }}\n"));
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions that were tested; cargo takes out those of other members of the workspace.
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    process::capture(
        workspace
            .cargo(&["metadata", "--format-version", "1", "--manifest-path"])
            .arg(folder.join("Cargo.toml")),
    )?;
    let archive = shelf.join(format!("{name}-crates.tar.gz"));
    archive_of(python, &parent, &name, &archive)?;
    Ok(archive)
}

/// Packs a folder below another, with the same bytes each time.
pub(super) fn archive_of(python: &Path, parent: &Path, name: &str, archive: &Path) -> Result {
    process::run(
        Command::new(python)
            .args(["-I", "-c", ARCHIVE])
            .arg(parent)
            .arg(name)
            .arg(archive),
    )
}

fn copy(folder: &Path, into: &Path) -> Result {
    process::run(Command::new("cp").arg("-R").arg(folder).arg(into))
}
