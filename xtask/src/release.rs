//! `cargo xtask release --dry-run`: packs what is published, and tries what was packed away from the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// What is published, in the order in which it can be.
const CRATES: [&str; 4] = [
    "gears-python",
    "gears-macros",
    "gears-runtime",
    "redis-gears-cli",
];

/// A service as somebody else would write it: with one gear, a test of it, and the command line.
const MAIN: &str = r##"use gears_runtime::{Result, gear_command};

/// Prices an offer.
#[gear_command]
pub fn quote(item: &str, quantity: u32) -> Result<f64> {
    "return float(execute('GET', 'price:' + item)) * quantity"
}

fn main() -> std::process::ExitCode {
    gears_cli::main_for_this_binary()
}

#[test]
fn offers_have_prices() {
    let _mock = quote::mock(|_, quantity| Ok(f64::from(quantity) * 2.5));
    assert_eq!(quote("tea", 4).unwrap(), 10.0);
}
"##;

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    if arguments != ["--dry-run"] {
        return Err(
            "say `release --dry-run`: it packs and tries everything, and publishes nothing; \
                    then `cargo publish --package NAME` for each crate in the order that it prints"
                .into(),
        );
    }
    let crates = stage("packing the crates", "about 10 s", || pack(workspace))?;
    stage(
        "building a service from what was packed, and testing it",
        "about 240 s the first time",
        || service(workspace, &crates),
    )?;
    println!("packed, in the order of publishing:");
    for (name, folder) in CRATES.iter().zip(&crates) {
        println!("  {name}  {}.crate", folder.display());
    }
    Ok(())
}

/// Packs the crates and returns the folders that hold what is in each, and nothing else.
fn pack(workspace: &Workspace) -> Result<Vec<PathBuf>> {
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

/// Makes a service that has the packed crates, and tests and runs it.
fn service(workspace: &Workspace, crates: &[PathBuf]) -> Result {
    let root = workspace.target.join("release-trial");
    let folder = root.join("shop");
    fs::create_dir_all(folder.join("src"))?;
    let version = env!("CARGO_PKG_VERSION");
    let mut manifest = format!(
        "[workspace]\n\n[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         gears-runtime = \"{version}\"\nredis-gears-cli = \"{version}\"\n\n[patch.crates-io]\n"
    );
    for (name, packed) in CRATES.iter().zip(crates) {
        manifest.push_str(&format!("{name} = {{ path = {packed:?} }}\n"));
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src").join("main.rs"), MAIN)?;
    // The versions that were tested are those of the checkout.
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let cargo = |arguments: &[&str]| {
        let mut cargo = workspace.cargo(arguments);
        cargo
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", root.join("target"));
        cargo
    };
    process::run(&mut cargo(&["test", "--quiet"]))?;
    let program = root
        .join("target")
        .join(Profile::Debug.folder())
        .join("shop");
    process::run(&mut cargo(&["build", "--quiet"]))?;
    let told = process::capture(Command::new(program).arg("--version"))?;
    if !told.contains(version) {
        return Err(format!("the command line of the service calls itself {told}").into());
    }
    Ok(())
}
