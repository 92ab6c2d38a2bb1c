//! `gears apply`.

use clap::Args;
use gears_runtime::register;

use super::Perform;
use crate::{
    change,
    context::Context,
    deploy::Deploy,
    failure::{Code, Result},
    output::Progress,
};

/// Registers the gears of this binary, as register_all does.
///
/// An earlier version of the same application gives way. What somebody else holds stays, and nothing is registered then: all
/// of it is told at once, with whose it is.
///
/// The binary `gears` has no gears of its own; an application that calls
/// gears_cli::main_for_this_binary() has its own.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Only the gears with these triggers.
    triggers: Vec<String>,
    #[command(flatten)]
    deploy: Deploy,
}

impl Perform for Apply {
    fn perform(self, context: &Context<'_>) -> Result {
        change::some_linked()?;
        change::all_linked(&self.triggers)?;
        let gears = context.gears()?;
        let spinner = Progress::spinner("registering, and installing what that needs");
        let registered = register(gears, &self.deploy.options().only(self.triggers));
        drop(spinner);
        match registered {
            Ok(registered) => change::print(context, &registered),
            Err(error) => Err(match error.duplicate() {
                Some(first) => {
                    let all: Vec<_> = std::iter::once(first).chain(first.others()).cloned().collect();
                    change::conflict(Code::Server, &all)
                }
                None => error.into(),
            }),
        }
    }
}
