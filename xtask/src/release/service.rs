//! A service that depends on what is published, and on nothing else of the checkout.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::packed::CRATES;
use crate::Result;
use crate::process;
use crate::workspace::{Profile, Workspace};

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

/// Makes a service that has the packed crates, and tests and runs it.
pub(super) fn run(workspace: &Workspace, crates: &[PathBuf]) -> Result {
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
