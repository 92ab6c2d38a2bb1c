//! `cargo xtask torture`: attacks on real servers with the engine.

use std::process::Command;

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// Runs the attacks on the optimised engine; the arguments go to the program in `torture`.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let kit = setup::run(workspace)?;
    stage(
        "building the optimised engine",
        "about 240 s the first time, seconds later",
        || {
            process::run(&mut kit.cargo(
                workspace,
                Profile::Release,
                &["build", "--release", "--package", "gears-engine"],
            ))
        },
    )?;
    stage("attacks", "as long as asked for", || {
        let words = ["run", "--quiet", "--release", "--package", "gears-torture"];
        let mut command = kit.cargo(workspace, Profile::Release, &words);
        process::run(command.arg("--").args(arguments))
    })
}

/// A short form of the attacks, the same each time, on the engine that the tests use; the program must have been built.
/// What calls keep needs longer runs to show; there it is whether calls of every kind are answered. Suites run beside it,
/// so it takes longer than it would alone.
pub(crate) fn run_short(workspace: &Workspace, kit: &Kit) -> Result {
    let mut command = Command::new(workspace.program("gears-torture"));
    kit.equip(&mut command, workspace, Profile::Debug);
    process::run(command.args(["--seconds", "8", "--seed", "1"]))
}
