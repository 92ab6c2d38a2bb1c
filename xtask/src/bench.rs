//! `cargo xtask bench`: the benchmarks, with an optimised engine.

use crate::Result;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// Runs the benchmarks; the arguments go to `cargo bench`.
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
    stage("benchmarks", "some minutes", || {
        let mut bench = kit.cargo(
            workspace,
            Profile::Release,
            &["bench", "--package", "gears-benches"],
        );
        process::run(bench.args(arguments))
    })
}
