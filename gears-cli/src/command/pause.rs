//! `gears pause`.

use clap::Args;
use clap_complete::ArgValueCompleter;

use super::Perform;
use crate::{completion, context::Context, failure::Result, stream};

/// Pauses registrations on streams: entries wait until they are resumed.
#[derive(Args, Debug)]
pub(crate) struct Pause {
    /// Ids, streams or sessions.
    #[arg(required = true, value_name = "NAME", add = ArgValueCompleter::new(completion::registrations))]
    names: Vec<String>,
}

impl Perform for Pause {
    fn perform(self, context: &Context<'_>) -> Result {
        stream::each(context, "paused", &self.names, |gears, one| {
            gears.pause_registrations(one)
        })
    }
}
