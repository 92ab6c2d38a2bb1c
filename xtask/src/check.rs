//! `cargo xtask test`: everything that must hold before a change is merged.

use std::env;
use std::process::Command;
use std::thread;

use crate::Result;
use crate::aside::Aside;
use crate::docs;
use crate::guide;
use crate::kit::Kit;
use crate::linter;
use crate::process;
use crate::rooms;
use crate::setup;
use crate::stage::stage;
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
    stage("guide", "about 1 s", || guide::check(workspace, None))?;
    stage(
        "building engine, tests and examples",
        "about 130 s the first time, seconds later",
        || process::run(cargo(workspace, &kit, "build").arg("--all-targets")),
    )?;
    let aside = Aside::start(workspace)?;
    let suites = stage(
        "documentation",
        "about 30 s the first time, seconds later",
        || docs::check(workspace, &kit),
    )
    .and_then(|()| {
        stage("unit, ui, server and doc tests", "about 500 s", || {
            process::run(&mut suites(workspace, &kit))
        })
    });
    // Whatever became of the suites: nothing of this shall go on when the command has ended.
    let aside = stage("what went on beside them", "", || aside.finish());
    suites.and(aside)?;
    eprintln!("==> everything passed");
    Ok(())
}

/// How many tests run at the same time for each processor: most of them wait most of the time.
const TESTS: usize = 2;

fn suites(workspace: &Workspace, kit: &Kit) -> Command {
    let mut command = cargo(workspace, kit, "test");
    // Tests build programs, which share with the workspace what is the same.
    command.env("CARGO_BUILD_BUILD_DIR", &workspace.target);
    if env::var_os(THREADS).is_none() {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS, (processors * TESTS).to_string());
    }
    command
}

/// What tells the harness of tests how many run at the same time.
const THREADS: &str = "RUST_TEST_THREADS";

fn cargo(workspace: &Workspace, kit: &Kit, task: &str) -> Command {
    let mut command = kit.cargo(workspace, Profile::Debug, &[task]);
    command.args(EVERYTHING);
    command
}
