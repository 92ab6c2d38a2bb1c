//! `gears plan`.

use clap::Args;
use gears_runtime::{Change, plan};

use super::Perform;
use crate::{
    change,
    context::Context,
    deploy::Deploy,
    failure::{Code, Failure, Result},
};

/// Says what `gears apply` would do with the same options: with the gears of this binary, and to the server.
///
/// Besides, it lists what this application registered once and has no more.
///
/// The binary `gears` has no gears of its own; an application that calls
/// gears_cli::main_for_this_binary() has its own.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// End with exit code 1 when there is anything to do.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    deploy: Deploy,
}

impl Perform for Plan {
    fn perform(self, context: &Context<'_>) -> Result {
        change::some_linked()?;
        let plan = plan(context.gears()?, &self.deploy.options())?;
        change::print(context, &plan)?;
        if plan.count(Change::Refused) > 0 {
            return Err(change::conflict(Code::Failed, plan.conflicts()));
        }
        let settled = plan.count(Change::Unchanged) + plan.count(Change::Kept);
        let leaves_all = plan.orphans().iter().all(|orphan| !orphan.is_pruned());
        if self.check && (settled < plan.len() || !leaves_all) {
            return Err(Failure::silent(Code::Failed));
        }
        Ok(())
    }
}
