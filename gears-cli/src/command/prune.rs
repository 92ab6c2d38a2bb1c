//! `gears prune`.

use clap::Args;
use gears_runtime::{Options, Orphan, Prune as Pruning, plan, prune, registry};
use serde_json::json;

use super::Perform;
use crate::{
    change,
    context::Context,
    deploy::Owner,
    failure::{Failure, Result},
};

/// Removes what an application registered once and has no more, and nothing of another application.
///
/// In an application's own binary, that is whatever it has no gear for, and older versions of those that it has. The
/// binary `gears` has no gears to compare with: there --application is needed, and only older versions are removed.
///
/// What nobody has called for the time of --keep goes, and with --all what is still called as well, and functions of libraries,
/// of which no server tells when they were called. Libraries that another application, or nobody of gears, has made stay.
#[derive(Args, Debug)]
pub(crate) struct Prune {
    /// Remove also versions that processes have called lately.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    owner: Owner,
    /// Say what would be removed, and leave it.
    #[arg(long)]
    dry_run: bool,
}

impl Perform for Prune {
    fn perform(self, context: &Context<'_>) -> Result {
        let options = self.options()?;
        let gears = context.gears()?;
        let orphans = if self.dry_run {
            plan(gears, &options)?.orphans().to_vec()
        } else {
            prune(gears, &options)?
        };
        let output = &context.output;
        if output.is_json() {
            let of = |pruned: bool| -> Vec<_> {
                let those = orphans.iter().filter(|orphan| orphan.is_pruned() == pruned);
                those.map(change::of_orphan).collect()
            };
            return output.json(&json!({
                "pruned": of(true),
                "kept": of(false),
                "dryRun": self.dry_run,
            }));
        }
        if orphans.is_empty() {
            output.note("there is nothing to prune");
            return Ok(());
        }
        output.table(&change::table_of_orphans(&orphans, self.dry_run))?;
        if orphans.iter().any(is_called) && !self.all {
            output.advice("what stays was called lately, or the server does not tell; --all removes it too");
        }
        Ok(())
    }
}

impl Prune {
    fn options(&self) -> Result<Options> {
        let mut options = self.owner.apply(Options::new());
        if registry::all().is_empty() {
            let Some(application) = &self.owner.application else {
                return Err(Failure::usage(
                    "no gears are linked into this binary, so it does not know which application is meant",
                )
                .advice("--application names it; `gears list` shows the applications that there are"));
            };
            options = options.on_behalf_of(application);
        }
        let pruning = if self.all { Pruning::All } else { Pruning::Unused };
        Ok(options.prune(pruning))
    }
}

fn is_called(orphan: &Orphan) -> bool {
    !orphan.is_pruned()
}
