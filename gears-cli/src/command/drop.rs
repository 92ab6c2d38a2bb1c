//! `gears drop`.

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;

use super::Perform;
use crate::{completion, context::Context, ending, failure::Result};

/// Makes the server forget executions that have ended, with their results.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).args(["ids", "finished"]))]
pub(crate) struct Drop {
    /// The executions.
    #[arg(value_name = "ID", add = ArgValueCompleter::new(completion::executions))]
    ids: Vec<String>,
    /// Forget all that have ended.
    #[arg(long)]
    finished: bool,
}

impl Perform for Drop {
    fn perform(self, context: &Context<'_>) -> Result {
        let chosen = ending::choose(context, &self.ids, |one| one.status.is_finished())?;
        ending::each(context, "dropped", chosen, |gears, id| {
            gears.drop_execution(id).map(|()| true)
        })
    }
}
