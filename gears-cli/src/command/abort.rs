//! `gears abort`.

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;

use super::Perform;
use crate::{completion, context::Context, ending, failure::Result};

/// Aborts executions.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).args(["ids", "all"]))]
pub(crate) struct Abort {
    /// The executions.
    #[arg(value_name = "ID", add = ArgValueCompleter::new(completion::executions))]
    ids: Vec<String>,
    /// Abort all that have not ended.
    #[arg(long)]
    all: bool,
}

impl Perform for Abort {
    fn perform(self, context: &Context<'_>) -> Result {
        let chosen = ending::choose(context, &self.ids, |one| !one.status.is_finished())?;
        ending::each(context, "aborted", chosen, |gears, id| gears.execution(id).abort())
    }
}
