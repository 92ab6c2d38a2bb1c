//! `gears plan`.

use clap::Args;
use gears_runtime::{Change, plan_all};

use super::Perform;
use crate::{
    change,
    context::Context,
    failure::{Code, Failure, Result},
};

/// Says what `gears apply` would do: with the gears of this binary, and to the server.
///
/// The binary `gears` has no gears of its own; an application that calls
/// gears_cli::main_for_this_binary() has its own.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// End with exit code 1 when there is anything to do.
    #[arg(long)]
    check: bool,
}

impl Perform for Plan {
    fn perform(self, context: &Context<'_>) -> Result {
        change::some_linked()?;
        let plan = plan_all(context.gears()?)?;
        change::print(context, &plan)?;
        if plan.count(Change::Refused) > 0 {
            return Err(Failure::new(
                Code::Failed,
                "the server has other functions under the names of some gears",
            )
            .advice("rename them, or say `replace = true` or `replace = false`"));
        }
        let settled = plan.count(Change::Unchanged) + plan.count(Change::Kept);
        if self.check && settled < plan.len() {
            return Err(Failure::silent(Code::Failed));
        }
        Ok(())
    }
}
