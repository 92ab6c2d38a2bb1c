//! The bill of materials: which crates are in what is published.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::process;
use crate::workspace::Workspace;

/// The tool that writes it, and the version that was looked at.
const TOOL: &str = "cargo-sbom";
const VERSION: &str = "0.10.0";
const FORMAT: &str = "cyclone_dx_json_1_6";

/// What is built of crates: a library, a program, a module file.
const PACKAGES: [&str; 3] = ["gears-runtime", "redis-gears-cli", "gears-engine"];

/// Writes one for each.
pub(super) fn write(workspace: &Workspace, shelf: &Path) -> Result {
    let tool = install(workspace)?;
    for package in PACKAGES {
        let mut command = workspace.cargo(&["sbom", "--output-format", FORMAT]);
        let bill = process::capture(
            command
                .args(["--cargo-package", package])
                .env("PATH", with(&tool)?),
        )?;
        if !bill.contains("\"pkg:cargo/serde@") && !bill.contains("\"pkg:cargo/libc@") {
            return Err(format!("{TOOL} named none of the crates of {package}: {bill}").into());
        }
        let name = format!("{package}-{}.cdx.json", env!("CARGO_PKG_VERSION"));
        fs::write(shelf.join(name), bill)?;
    }
    Ok(())
}

/// Builds the tool unless it is there, and returns its folder.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.house.join("sbom");
    let folder = root.join("bin");
    // Does nothing when this version is there.
    process::quietly(
        workspace
            .cargo(&["install", "--quiet", "--locked", TOOL, "--version", VERSION])
            .arg("--root")
            .arg(&root)
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    Ok(folder)
}

/// Returns the PATH with this folder before the others: cargo looks there for its commands.
fn with(folder: &Path) -> Result<std::ffi::OsString> {
    let usual = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_owned()).chain(env::split_paths(&usual));
    Ok(env::join_paths(all)?)
}
