//! `gears restore`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::json;

use super::Perform;
use crate::{
    context::Context,
    dump::Dump,
    failure::{Failure, Result},
    file::replace,
    interrupt,
    restoration::{Broken, Policy, Restoration},
    source,
};

/// No server holds as much source as this.
const MAX_SIZE: u64 = 1 << 30;

/// Registers what `gears dump` wrote: all of it, or nothing.
///
/// The scripts run again, in the order of the file. When one fails, or on Ctrl-C, what was
/// there before is put back.
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The file, or - for the standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// What happens to what the server has already.
    #[arg(long, value_enum, default_value_t = Policy::Append)]
    policy: Policy,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Perform for Restore {
    fn perform(self, context: &Context<'_>) -> Result {
        let dump = self.read()?;
        let gears = context.gears()?;
        interrupt::watch()?;
        let restoration = Restoration::plan(gears, &dump, self.policy)?;
        if !self.dry_run
            && let Err(broken) = restoration.perform()
        {
            if broken.before.is_empty() {
                return Err(broken.failure);
            }
            return Err(keep(broken)?);
        }
        self.report(context, &restoration)
    }
}

impl Restore {
    fn read(&self) -> Result<Dump> {
        let what = self.file.display().to_string();
        let bytes = source::read_up_to(&self.file, MAX_SIZE);
        let bytes = bytes.map_err(|error| {
            Failure::usage(format!("{what} cannot be read: {error}"))
                .advice("name a file that `gears dump` wrote")
        })?;
        Dump::from_bytes(&bytes, &what)
    }

    fn report(&self, context: &Context<'_>, restoration: &Restoration<'_>) -> Result {
        let output = &context.output;
        let parts = [
            ("removed", restoration.removed()),
            ("restored", restoration.new_sessions()),
            ("replaced", restoration.replaced()),
            ("unchanged", restoration.unchanged()),
        ];
        if output.is_json() {
            let mut report = json!({ "dryRun": self.dry_run });
            for (name, ids) in parts {
                report[name] = json!(ids);
            }
            return output.json(&report);
        }
        let would = if self.dry_run { "would be " } else { "" };
        for (name, ids) in parts {
            for id in ids {
                output.line(format_args!("{would}{name}: {id}"))?;
            }
        }
        Ok(())
    }
}

/// Keeps what could not be put back in files, for another try: nothing is lost.
fn keep(broken: Broken) -> Result<Failure> {
    let mut kept = Vec::new();
    for (number, before) in broken.before.iter().enumerate() {
        let part = if number == 0 { String::new() } else { format!("-{number}") };
        let name = format!("gears-before-{}{part}.json", std::process::id());
        let path = std::path::absolute(&name).unwrap_or_else(|_| name.into());
        replace(&path, &before.to_bytes())?;
        kept.push(path.display().to_string());
    }
    Ok(broken.failure.advice(format!(
        "what was there before is in {0}; `gears restore --policy flush {1}` tries again",
        kept.join(" and "),
        kept[0]
    )))
}
