//! `gears executions`.

use clap::Args;
use clap_complete::ArgValueCompleter;
use gears_runtime::data::{ExecutionStatus, Locality, ShardPlan};
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    completion,
    context::Context,
    shard::execution::{self, Execution},
    failure::Result,
    json,
    output::{Cell, Table, Tone},
};

/// What an execution can be (spec section 6.1).
const STATUSES: [&str; 8] = [
    "created",
    "running",
    "pending_receive",
    "pending_run",
    "pending_cluster",
    "pending_termination",
    "done",
    "aborted",
];

/// Lists executions, or shows the plan of one with its steps and their times.
#[derive(Args, Debug)]
pub(crate) struct Executions {
    /// Show the plan of this execution.
    #[arg(add = ArgValueCompleter::new(completion::executions))]
    id: Option<String>,
    /// Only those that have not ended.
    #[arg(long, conflicts_with = "id")]
    running: bool,
    /// Only those with this status.
    #[arg(long, conflicts_with = "id", ignore_case = true, value_parser = STATUSES)]
    status: Option<String>,
    /// Ask the one shard alone; a cluster tells the plans of all its shards otherwise.
    #[arg(long, requires = "id")]
    shard: bool,
}

impl Perform for Executions {
    fn perform(self, context: &Context<'_>) -> Result {
        match &self.id {
            Some(id) => self.show(context, id),
            None => self.list(context),
        }
    }
}

impl Executions {
    fn list(&self, context: &Context<'_>) -> Result {
        let mut all = execution::all(context.gears()?)?;
        all.retain(|one| {
            let status = match &self.status {
                Some(status) => one.info.status.as_str().eq_ignore_ascii_case(status),
                None => true,
            };
            status && !(self.running && one.info.status.is_finished())
        });
        all.sort_by_cached_key(|one| {
            let id = one.id();
            let shard = id.rsplit_once('-').map(|(shard, _)| shard.to_owned());
            (shard, one.info.id.sequence())
        });
        let output = &context.output;
        if output.is_json() {
            return output.json(&all.iter().map(of_execution).collect());
        }
        if all.is_empty() {
            output.note("there are no such executions");
            return Ok(());
        }
        let mut table = Table::new(["ID", "STATUS", "STARTED BY"]);
        for one in &all {
            let by = if one.info.registered { "a registration" } else { "a client" };
            table.row([
                Cell::text(one.short_id()),
                status(&one.info.status),
                Cell::text(by),
            ]);
        }
        output.table(&table)
    }

    fn show(&self, context: &Context<'_>, id: &str) -> Result {
        let found = execution::find(context.gears()?, id)?;
        let locality = self.shard.then_some(Locality::Shard);
        let plans = found.gears().get_execution(&found.info, locality)?;
        let output = &context.output;
        if output.is_json() {
            let shards: Vec<Json> = plans.iter().map(of_plan).collect();
            return output.json(&json!({ "id": found.id(), "shards": shards }));
        }
        for shard in &plans {
            print_plan(context, shard, plans.len() > 1)?;
        }
        Ok(())
    }
}

fn print_plan(context: &Context<'_>, shard: &ShardPlan, several: bool) -> Result {
    let output = &context.output;
    let plan = &shard.plan;
    if several {
        output.line(format_args!("shard {}", shard.shard_id))?;
    }
    let results = plan.result_count().map_or("not yet".to_owned(), |count| count.to_string());
    let mut facts = Table::plain();
    facts.row([Cell::text("status").tone(Tone::Dim), status(&plan.status)]);
    for (name, value) in [
        ("results", results),
        ("errors", plan.errors.len().to_string()),
        ("total", format!("{} ms", plan.total_duration)),
        ("reading", format!("{} ms", plan.read_duration)),
    ] {
        facts.row([Cell::text(name).tone(Tone::Dim), Cell::text(value)]);
    }
    output.table(&facts)?;
    output.line("")?;
    let mut steps = Table::new(["STEP", "TYPE", "NAME", "MS", "ARGUMENT"]);
    for (index, step) in plan.steps.iter().enumerate() {
        steps.row([
            Cell::number(index + 1),
            Cell::text(&step.kind),
            Cell::text(&step.name),
            Cell::number(step.duration),
            Cell::text(&step.arg),
        ]);
    }
    output.table(&steps)?;
    for error in &plan.errors {
        output.line(Tone::Bad.paint(error))?;
    }
    Ok(())
}

fn status(status: &ExecutionStatus) -> Cell {
    let tone = match status {
        ExecutionStatus::Done => Tone::Good,
        ExecutionStatus::Aborted => Tone::Bad,
        _ => Tone::Warning,
    };
    Cell::text(status.as_str()).tone(tone)
}

fn of_execution(one: &Execution) -> Json {
    json!({
        "id": one.id(),
        "status": one.info.status.as_str(),
        "registered": one.info.registered,
        "extra": json::of_map(one.info.extra()),
    })
}

fn of_plan(shard: &ShardPlan) -> Json {
    let plan = &shard.plan;
    let steps = plan.steps.iter().map(|step| {
        json!({
            "type": step.kind,
            "name": step.name,
            "argument": step.arg,
            "durationMs": step.duration,
        })
    });
    json!({
        "shard": shard.shard_id,
        "status": plan.status.as_str(),
        "shardsReceived": plan.shards_received,
        "shardsCompleted": plan.shards_completed,
        "results": plan.result_count(),
        "errors": plan.errors,
        "totalMs": plan.total_duration,
        "readMs": plan.read_duration,
        "steps": steps.collect::<Vec<_>>(),
    })
}
