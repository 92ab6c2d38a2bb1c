//! `cargo xtask aside`: what `cargo xtask test` does beside its suites.
//!
//! Suites wait more than they work: for servers that start and end, for shards that agree, for deadlines that pass.
//! Meanwhile there is room for what comes after them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::example;
use crate::fuzz;
use crate::setup;
use crate::stage::stage;
use crate::torture;
use crate::workspace::Workspace;

/// Fuzzes, attacks and runs the examples, all in short forms; attacks and examples must have been built.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let kit = setup::run(workspace)?;
    stage("fuzzing", "about 160 s the first time, 30 s later", || {
        fuzz::run_short(workspace, &kit)
    })?;
    stage("attacks", "about 130 s", || {
        torture::run_short(workspace, &kit)
    })?;
    stage("examples", "about 60 s", || {
        example::run_all(workspace, &kit)
    })
}

/// A process of its own that does all this, and whose words are kept until they are asked for.
pub(crate) struct Aside {
    child: Child,
    log: PathBuf,
}

impl Aside {
    /// Begins; xtask itself must have been built.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let log = workspace.house.join("aside.log");
        let output = File::create(&log)?;
        let child = Command::new(workspace.program("xtask"))
            .arg("aside")
            .current_dir(&workspace.root)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        Ok(Self { child, log })
    }

    /// Waits for the end, and shows what was said.
    pub(crate) fn finish(mut self) -> Result {
        let status = self.child.wait()?;
        eprint!("{}", fs::read_to_string(&self.log)?);
        if status.success() {
            Ok(())
        } else {
            Err("fuzzing, attacks or examples failed".into())
        }
    }
}
