//! `cargo xtask test`: everything that must hold before a change is merged.

use crate::Result;
use crate::docs;
use crate::example;
use crate::fuzz;
use crate::guide;
use crate::kit::Kit;
use crate::linter;
use crate::process;
use crate::rooms;
use crate::setup;
use crate::stage::stage;
use crate::torture;
use crate::workspace::{Profile, Workspace};

/// What every build here selects. Cargo decides per selection which features the
/// dependencies get, so a different one would build many of them once more.
pub(crate) const EVERYTHING: [&str; 2] = ["--workspace", "--all-features"];

pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage("format", "about 2 s", || {
        process::run(&mut workspace.cargo(&["fmt", "--all", "--check"]))
    })?;
    stage("lints of Python", "about 1 s", || linter::check(workspace))?;
    stage("rooms", "at once", || rooms::check(workspace))?;
    stage("lints", "about 180 s the first time, seconds later", || {
        let mut clippy = cargo(workspace, &kit, "clippy");
        process::run(clippy.args(["--all-targets", "--", "--deny", "warnings"]))
    })?;
    stage("documentation", "about 20 s", || {
        docs::check(workspace, &kit)
    })?;
    stage("guide", "about 1 s", || guide::check(workspace, None))?;
    stage(
        "building engine, tests and examples",
        "about 300 s the first time, seconds later",
        || process::run(cargo(workspace, &kit, "build").arg("--all-targets")),
    )?;
    stage("unit, ui, server and doc tests", "about 180 s", || {
        process::run(&mut cargo(workspace, &kit, "test"))
    })?;
    stage("fuzzing", "about 150 s the first time, 20 s later", || {
        fuzz::run_short(workspace, &kit)
    })?;
    stage("attacks", "about 110 s", || {
        torture::run_short(workspace, &kit)
    })?;
    stage("examples", "about 60 s", || {
        example::run_all(workspace, &kit)
    })?;
    eprintln!("==> everything passed");
    Ok(())
}

fn cargo(workspace: &Workspace, kit: &Kit, task: &str) -> std::process::Command {
    let mut command = kit.cargo(workspace, Profile::Debug, &[task]);
    command.args(EVERYTHING);
    command
}
