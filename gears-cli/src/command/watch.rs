//! `gears watch`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::Perform;
use crate::{
    context::Context,
    failure::Result,
    watch::{self, Choices, Plan},
};

/// Runs the scripts in folders, and runs each again when it changes, until Ctrl-C.
///
/// What a script registers takes the place of what it registered before, without a moment in
/// which neither is there. A script that fails leaves the old registrations running; a script
/// that is deleted is unregistered. Packages come from the requirements files beside and above a
/// script. A server that restarts gets everything again.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// Folders that hold scripts.
    #[arg(required = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    choices: Choices,
    /// End when everything is on the server, instead of watching.
    #[arg(long)]
    once: bool,
    /// At first, run also what has run before and not changed since.
    #[arg(long)]
    rerun: bool,
}

impl Perform for Watch {
    fn perform(self, context: &Context<'_>) -> Result {
        let environment = Choices::from_environment()?;
        let plan = Plan {
            folders: &self.folders,
            layers: [&context.settings()?.watch, &environment, &self.choices],
            once: self.once,
            rerun: self.rerun,
        };
        watch::watch(&plan, context.address()?, &context.output)
    }
}
