//! `cargo xtask docs`: the documentation without warnings, and with examples.

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// The crates whose public items have to show a tested example.
const WITH_EXAMPLES: [&str; 4] = ["gears-cli", "gears-macros", "gears-python", "gears-runtime"];

/// Sets up and checks.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage("documentation", "about 20 s", || check(workspace, &kit))
}

/// Looks for the examples, and documents the workspace.
pub(crate) fn check(workspace: &Workspace, kit: &Kit) -> Result {
    let examples = ["run", "--quiet", "--package", "doc-examples", "--"];
    process::run(workspace.cargo(&examples).args(WITH_EXAMPLES))?;
    let mut doc = kit.cargo(workspace, Profile::Debug, &["doc"]);
    process::run(
        doc.args(crate::check::EVERYTHING)
            .arg("--no-deps")
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}
