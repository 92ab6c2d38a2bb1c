//! `gears slow`.

mod call;

use std::time::Duration;

use clap::Args;
use jiff::{Timestamp, Unit};
use serde_json::{Value as Json, json};

use self::call::Call;
use super::Perform;
use crate::{
    context::Context,
    duration,
    failure::{Code, Failure, Result},
    identity::is_alone,
    output::{Cell, Table},
    refusal::Refusals,
    wire::Wire,
};

/// How long a shard may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// So much of its arguments a line of the table shows.
const WIDTH: usize = 60;

/// Lists calls of gears, and of functions in Python, that took long, on all shards, the latest first.
///
/// Commands are those of the server's own SLOWLOG, which notes what takes longer than its setting
/// slowlog-log-slower-than. What no client sent a command for, runs by events and streams,
/// gears-engine notes itself (RG.SLOWLOG), by its settings SlowLogTime and SlowLogLength.
#[derive(Args, Debug)]
pub(crate) struct Slow {
    /// Only those whose gear or function, or whose arguments, hold this text.
    filter: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    count: usize,
}

impl Perform for Slow {
    fn perform(self, context: &Context<'_>) -> Result {
        let shards = context.gears()?.shards()?;
        let mut calls = Vec::new();
        let mut failed = Vec::new();
        let mut refused = Refusals::new(shards.len());
        for (id, shard) in &shards {
            let told = Wire::open(shard, PATIENCE)
                .map_err(|failure| failure.message().to_owned())
                .and_then(|mut wire| call::all(shard, &mut wire));
            match told {
                Ok(told) => {
                    calls.extend(told.calls.into_iter().map(|call| (id.as_str(), call)));
                    if let Some(why) = told.functions_refused {
                        refused.add(Some(id), why);
                    }
                }
                Err(why) => failed.push(format!("shard {id}: {why}")),
            }
        }
        calls.retain(|(_, call)| self.wants(call));
        calls.sort_by_key(|(_, call)| std::cmp::Reverse(call.ended));
        calls.truncate(self.count);
        refused.tell("calls of functions", "list functions", &context.output);
        print(context, &calls)?;
        if failed.is_empty() {
            return Ok(());
        }
        let code = if failed.len() == shards.len() {
            Code::Server
        } else {
            Code::Failed
        };
        Err(Failure::new(code, failed.join("\n")))
    }
}

impl Slow {
    fn wants(&self, call: &Call) -> bool {
        let Some(filter) = &self.filter else {
            return true;
        };
        let holds = |text: &String| text.contains(filter.as_str());
        holds(&call.gear) || call.arguments.iter().any(holds)
    }
}

fn print(context: &Context<'_>, calls: &[(&str, Call)]) -> Result {
    let output = &context.output;
    if output.is_json() {
        return output.json(&calls.iter().map(to_json).collect());
    }
    if calls.is_empty() {
        output.note("no call was slow, or none that fits");
        return Ok(());
    }
    let is_cluster = calls.iter().any(|(shard, _)| !is_alone(shard));
    let titles = ["WHEN", "TOOK", "GEAR", "ARGUMENTS", "CLIENT"];
    let mut table = Table::new(titles.into_iter().chain(is_cluster.then_some("SHARD")));
    for (shard, call) in calls {
        let cells = [
            Cell::text(second(call.ended)),
            Cell::number(duration::short(call.took)),
            Cell::text(&call.gear),
            Cell::text(brief(&call.arguments.join(" "))),
            Cell::text(call.client.as_deref().unwrap_or_default()),
        ];
        let shard = is_cluster.then(|| Cell::text(*shard));
        table.row(cells.into_iter().chain(shard));
    }
    output.table(&table)
}

/// Writes a time to the second, as that is all that the server's log tells.
fn second(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}

fn brief(text: &str) -> String {
    let mut chars = text.chars();
    let brief: String = chars.by_ref().take(WIDTH).collect();
    match chars.next() {
        Some(_) => format!("{brief}…"),
        None => brief,
    }
}

fn to_json((shard, call): &(&str, Call)) -> Json {
    json!({
        "time": second(call.ended),
        "us": u64::try_from(call.took.as_micros()).unwrap_or(u64::MAX),
        "gear": call.gear,
        "reader": call.reader,
        "registration": call.registration,
        "arguments": call.arguments,
        "client": call.client,
        "shard": shard,
    })
}
