//! `gears results`.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::{Perform, run::seconds};
use crate::{completion, context::Context, failure::Result, output::Progress, results, shard::execution};

/// Prints the results of an execution.
#[derive(Args, Debug)]
pub(crate) struct Results {
    /// The execution.
    #[arg(add = ArgValueCompleter::new(completion::executions))]
    id: String,
    /// Wait until it has ended.
    #[arg(long)]
    wait: bool,
    /// Wait at most this long, in seconds [default: 600].
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "wait")]
    timeout: Option<Duration>,
    /// Forget the execution on the server afterwards.
    #[arg(long)]
    drop: bool,
}

impl Perform for Results {
    fn perform(self, context: &Context<'_>) -> Result {
        let found = execution::find(context.gears()?, &self.id)?;
        let execution = found.gears().execution(&found.info);
        let results = if self.wait {
            let spinner = Progress::spinner(format!("waiting for {}", self.id));
            let timeout = self.timeout.unwrap_or(Duration::from_secs(600));
            let results = execution.wait(timeout);
            drop(spinner);
            results?
        } else {
            execution.results()?
        };
        if self.drop {
            execution.discard()?;
        }
        results::print(context, &[results], None)
    }
}
