//! `cargo xtask demo`: from a fresh checkout to the cache example's figures.

use std::process::Command;

use crate::Result;
use crate::example;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

const EXAMPLE: &str = "cache_get";

pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage(
        "building the engine and the example",
        "about 180 s the first time, seconds later",
        || {
            // One call for both, so that what they share is built once.
            let mut build = kit.cargo(
                workspace,
                Profile::Debug,
                &[
                    "build",
                    "--package",
                    "gears-engine",
                    "--package",
                    "gears-examples",
                ],
            );
            process::run(build.args(["--lib", "--example", EXAMPLE]))
        },
    )?;
    stage("running the example", "about 10 s", || {
        let mut program = Command::new(example::program(workspace, EXAMPLE));
        program.current_dir(&workspace.root);
        kit.equip(&mut program, workspace, Profile::Debug);
        process::run(&mut program)
    })
}
