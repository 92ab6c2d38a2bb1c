//! `cargo xtask docs`: the documentation without warnings, with examples, and what it says the crates offer.

use std::process::Command;

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

/// Looks for the examples, documents the workspace, and compares what is offered with what is written down.
pub(crate) fn check(workspace: &Workspace, kit: &Kit) -> Result {
    let mut examples = helper(workspace, kit, "doc-examples")?;
    process::run(examples.args(WITH_EXAMPLES))?;
    document(workspace, kit)?;
    compare(workspace, kit, &[])
}

/// Writes down anew what the published crates offer.
pub(crate) fn record(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage("documentation", "about 20 s", || document(workspace, &kit))?;
    compare(workspace, &kit, &["--record"])
}

fn document(workspace: &Workspace, kit: &Kit) -> Result {
    let mut doc = kit.cargo(workspace, Profile::Debug, &["doc"]);
    process::run(
        doc.args(crate::check::EVERYTHING)
            .args(["--no-deps", "--lib", "--bins"])
            // With an example, cargo selects the features of dependencies that it selects for lints and tests. Without
            // one, a third of them would be checked once more.
            .args(["--example", "hello"])
            .env("RUSTDOC", workspace.root.join("xtask/rustdoc.sh"))
            // Flags of our own: what `cargo doc` made without the JSON is not taken for this.
            .env("RUSTDOCFLAGS", "-Dwarnings"),
    )
}

fn compare(workspace: &Workspace, kit: &Kit, words: &[&str]) -> Result {
    let mut snapshots = helper(workspace, kit, "public-api-snapshots")?;
    process::run(snapshots.arg(workspace.target.join("doc")).args(words))
}

/// Builds a program of the workspace as the whole of it is built, and returns how it is run: by itself, it would have
/// dependencies of its own.
fn helper(workspace: &Workspace, kit: &Kit, name: &str) -> Result<Command> {
    let mut build = kit.cargo(workspace, Profile::Debug, &["build", "--quiet"]);
    process::run(build.args(crate::check::EVERYTHING).args(["--bin", name]))?;
    let mut command = Command::new(workspace.program(name));
    command.current_dir(&workspace.root);
    Ok(command)
}
