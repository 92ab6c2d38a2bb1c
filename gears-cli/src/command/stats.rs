//! `gears stats`.

use clap::Args;
use clap_complete::ArgValueCompleter;
use serde_json::json;

use super::Perform;
use crate::{
    completion,
    context::Context,
    shard::execution,
    failure::{Failure, Result},
    output::{Cell, Table, Tone},
    placed,
};

/// Shows what the server spends on gears: memory, runs, failures, plugins, profiles.
#[derive(Args, Debug)]
pub(crate) struct Stats {
    /// Set the counters of all registrations back to nothing.
    #[arg(long)]
    reset: bool,
    /// Show what the code of this session spent its time on; the setting ProfileExecutions
    /// turns that on.
    #[arg(long, value_name = "SESSION", add = ArgValueCompleter::new(completion::sessions))]
    profile: Option<String>,
    /// Forget what the code of this session spent its time on.
    #[arg(long, value_name = "SESSION", add = ArgValueCompleter::new(completion::sessions))]
    reset_profile: Option<String>,
}

impl Perform for Stats {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let output = &context.output;
        if self.reset || self.reset_profile.is_some() {
            if self.reset {
                gears.clear_registrations_stats()?;
            }
            if let Some(session) = &self.reset_profile {
                gears.py_profile_reset(session)?;
            }
            return if output.is_json() {
                output.json(&json!({ "reset": true }))
            } else {
                output.line("set back")
            };
        }
        if let Some(session) = &self.profile {
            let profile = gears.py_profile_stats(session).map_err(|error| {
                Failure::from(error).advice("`gears sessions` lists those that there are")
            })?;
            return if output.is_json() {
                output.json(&json!({ "session": session, "profile": profile }))
            } else {
                output.line(profile.trim_end())
            };
        }
        let memory = gears.py_stats()?;
        let registrations = placed::all(gears)?;
        let executions = execution::all(gears)?;
        // Servers before plugins have none to tell of.
        let plugins = match gears.dump_plugins() {
            Ok(plugins) => plugins,
            Err(error) if error.is_unsupported() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let sum = |count: fn(&gears_runtime::data::RegistrationData) -> i64| -> i64 {
            registrations.iter().map(|one| count(&one.data)).sum()
        };
        let unfinished = executions.iter().filter(|one| !one.info.status.is_finished()).count();
        let names: Vec<String> = plugins.iter().map(ToString::to_string).collect();
        if output.is_json() {
            return output.json(&json!({
                "memory": {
                    "current": memory.current_allocated,
                    "peak": memory.peak_allocated,
                    "total": memory.total_allocated,
                },
                "registrations": registrations.len(),
                "triggered": sum(|data| data.num_triggered),
                "succeeded": sum(|data| data.num_success),
                "failed": sum(|data| data.num_failures),
                "aborted": sum(|data| data.num_aborted),
                "executions": executions.len(),
                "unfinished": unfinished,
                "plugins": names,
            }));
        }
        let mut table = Table::plain();
        for (name, value) in [
            ("Python memory", bytes(memory.current_allocated)),
            ("at its peak", bytes(memory.peak_allocated)),
            ("registrations", registrations.len().to_string()),
            ("triggered", sum(|data| data.num_triggered).to_string()),
            ("succeeded", sum(|data| data.num_success).to_string()),
            ("failed", sum(|data| data.num_failures).to_string()),
            ("aborted", sum(|data| data.num_aborted).to_string()),
            ("executions", executions.len().to_string()),
            ("not ended", unfinished.to_string()),
            ("plugins", names.join(", ")),
        ] {
            table.row([Cell::text(name).tone(Tone::Dim), Cell::text(value)]);
        }
        output.table(&table)
    }
}

fn bytes(count: i64) -> String {
    indicatif::HumanBytes(u64::try_from(count).unwrap_or_default()).to_string()
}
