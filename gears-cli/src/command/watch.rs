//! `gears watch`.

mod wait;

use std::path::PathBuf;

use clap::{Args, ValueHint};

use self::wait::Wait;
use super::Perform;
use crate::{
    context::Context,
    failure::{Failure, Result},
    watch::{self, Choices, Plan},
};

/// Runs the scripts in folders, and runs each again when it changes, until Ctrl-C.
///
/// What a script registers takes the place of what it registered before, without a moment in
/// which neither is there. A script that fails leaves the old registrations running; a script
/// that is deleted is unregistered. Packages come from the requirements files beside and above a
/// script. A server that restarts gets everything again.
#[derive(Args, Debug)]
#[command(override_usage = "gears watch [OPTIONS] <FOLDER>...")]
pub(crate) struct Watch {
    /// Folders that hold scripts.
    #[arg(required_unless_present = "wait", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    choices: Choices,
    /// How long a file must rest before it is taken, in seconds
    /// [default: 5] [env: GEARS_WATCH_DELAY].
    #[arg(
        short = 'w',
        long = "delay",
        alias = "watch",
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = ""
    )]
    wait: Option<Wait>,
    /// End when everything is on the server, instead of watching.
    #[arg(long)]
    once: bool,
    /// At first, run also what has run before and not changed since.
    #[arg(long)]
    rerun: bool,
    /// What RedGrease calls --host.
    #[arg(long, value_name = "HOST", hide = true)]
    server: Option<String>,
    /// What RedGrease calls --config; redis-cli has another use for it.
    #[arg(short = 'c', value_name = "FILE", hide = true, value_hint = ValueHint::FilePath)]
    settings: Option<PathBuf>,
}

impl Perform for Watch {
    fn perform(mut self, context: &Context<'_>) -> Result {
        if let Some(path) = &self.settings {
            context.read_settings(path)?;
            context.output.note("-c is --config here, and names a gears.toml");
        }
        if self.server.is_some() {
            context.output.note("--server is --host here, or -h");
        }
        let delay = match self.wait {
            Some(Wait::Seconds(delay)) => Some(delay),
            Some(Wait::Unsaid(folder)) => {
                self.folders.extend(folder);
                context.output.note(
                    "`gears watch` watches in any case; a number behind -w says how many seconds a \
                     file must rest",
                );
                None
            }
            None => None,
        };
        if self.folders.is_empty() {
            return Err(Failure::usage("no folder is named")
                .advice("name one that holds scripts: `gears watch <FOLDER>`"));
        }
        let environment = Choices::from_environment()?;
        let plan = Plan {
            folders: &self.folders,
            layers: [
                &context.settings()?.watch,
                &environment,
                &self.choices.with_delay(delay),
            ],
            once: self.once,
            rerun: self.rerun,
        };
        watch::watch(&plan, context.address_at(self.server)?, &context.output)
    }
}
