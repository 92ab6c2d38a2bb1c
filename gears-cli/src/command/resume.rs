//! `gears resume`.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::Perform;
use crate::{completion, context::Context, failure::Result, stream};

/// Lets registrations on streams go on that were paused.
#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// Ids, streams or sessions.
    #[arg(required = true, value_name = "NAME", add = ArgValueCompleter::new(completion::registrations))]
    names: Vec<String>,
}

impl Perform for Resume {
    fn perform(self, context: &Context<'_>) -> Result {
        stream::each(context, "resumed", &self.names, |gears, one| {
            gears.unpause_registrations(one)
        })
    }
}
