//! `cargo xtask bench`: the benchmarks, with the engine as it is published.

use crate::Result;
use crate::optimised;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::workspace::{Profile, Workspace};

/// Runs the benchmarks; the arguments go to `cargo bench`.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let kit = setup::run(workspace)?;
    let engine = optimised::build(workspace, &kit)?;
    stage("benchmarks", "some minutes", || {
        let mut bench = kit.cargo(
            workspace,
            Profile::Release,
            &["bench", "--package", "gears-benches"],
        );
        process::run(bench.env("GEARS_ENGINE", &engine).args(arguments))
    })
}
