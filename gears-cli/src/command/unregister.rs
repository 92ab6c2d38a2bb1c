//! `gears unregister`.

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;
use serde_json::json;

use super::Perform;
use crate::{
    completion,
    context::Context,
    failure::{Failure, Result},
    identity::short,
    meant,
    placed::{self, Placed},
    registration,
};

/// Unregisters by id, trigger, pattern or session; nothing when one of them is not there.
///
/// A trigger means the newest version of the function, and then an older one takes its place; trigger@version
/// means that one.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).args(["names", "all"]))]
pub(crate) struct Unregister {
    /// Ids, triggers, patterns or sessions; a session goes with all its registrations.
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(completion::registrations))]
    names: Vec<String>,
    /// Unregister everything.
    #[arg(long)]
    all: bool,
    /// Abort what of it waits to run.
    #[arg(long)]
    abort_pending: bool,
    /// Say what would be unregistered, and leave it.
    #[arg(long)]
    dry_run: bool,
}

impl Perform for Unregister {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let all = placed::all(gears)?;
        let mut chosen: Vec<&Placed> = Vec::new();
        if self.all {
            chosen.extend(&all);
        }
        for name in &self.names {
            for one in meant::registrations(&all, name)? {
                if !chosen.iter().any(|other| std::ptr::eq(*other, one)) {
                    chosen.push(one);
                }
            }
        }
        let mut failed = Vec::new();
        let mut gone = Vec::new();
        for one in chosen {
            let unregistered = if self.dry_run {
                Ok(())
            } else if self.abort_pending {
                one.each(|gears, id| gears.unregister_abort_pending(id))
            } else {
                one.each(|gears, id| gears.unregister(id))
            };
            match unregistered {
                Ok(()) => gone.push(one),
                Err(error) => failed.push(format!("{}: {error}", registration::name(one))),
            }
        }
        let output = &context.output;
        if output.is_json() {
            let ids: Vec<&str> = gone.iter().map(|one| one.id.as_str()).collect();
            output.json(&json!({ "unregistered": ids, "dryRun": self.dry_run }))?;
        } else {
            let done = if self.dry_run { "would unregister" } else { "unregistered" };
            for one in gone {
                let (id, name) = (short(one.id.as_str()), registration::name(one));
                output.line(format_args!("{done} {name} ({id})"))?;
            }
        }
        if failed.is_empty() {
            return Ok(());
        }
        Err(Failure::server(format!("not unregistered: {}", failed.join("; "))))
    }
}
