//! `gears apply`.

use clap::Args;
use gears_runtime::register_where;

use super::Perform;
use crate::{change, context::Context, failure::Result, output::Progress};

/// Registers the gears of this binary, as register_all does.
///
/// The binary `gears` has no gears of its own; an application that calls
/// gears_cli::main_for_this_binary() has its own.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Only the gears with these triggers.
    triggers: Vec<String>,
}

impl Perform for Apply {
    fn perform(self, context: &Context<'_>) -> Result {
        change::some_linked()?;
        change::all_linked(&self.triggers)?;
        let gears = context.gears()?;
        let spinner = Progress::spinner("registering, and installing what that needs");
        let registered = register_where(gears, |gear| {
            self.triggers.is_empty() || self.triggers.iter().any(|one| one == gear.trigger())
        });
        drop(spinner);
        change::print(context, &registered?)
    }
}
