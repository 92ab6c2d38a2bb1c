//! The table once, for scripts.

use std::{thread, time::Duration};

use serde_json::{Value as Json, json};

use super::{
    row::{self, Column, Order, Row, ShardRow},
    sample::{Run, Sample, Sampler},
    text,
};
use crate::{
    context::Context,
    failure::Result,
    identity::short,
    load::Workers,
    output::{Cell, Table, Tone},
};

/// Looks twice, an interval apart, and prints what came of it.
///
/// # Errors
///
/// The server is not there, or the output is closed.
pub(super) fn print(
    context: &Context<'_>,
    interval: Duration,
    order: Order,
    filter: &str,
) -> Result {
    let mut sampler = Sampler::new(context.gears()?);
    let before = sampler.take()?;
    thread::sleep(interval);
    let now = sampler.take()?;
    let shards = row::shards(Some(&before), &now);
    let mut rows = row::rows(Some(&before), &now);
    rows.retain(|row| row::fits(&row.gear, filter));
    row::sort(&mut rows, order);
    let mut runs = now.runs.clone();
    row::sort_runs(&mut runs);
    let output = &context.output;
    now.refused.tell("times, queue, workers and functions", "ask for INFO", output);
    if output.is_json() {
        return output.json(&of_all(&rows, &shards, &runs, &now, interval));
    }
    if rows.is_empty() {
        output.note(if now.gears.is_empty() {
            "nothing is registered"
        } else {
            "nothing that is registered fits"
        });
    } else {
        output.table(&gears(&rows))?;
    }
    if !runs.is_empty() {
        output.line("")?;
        output.table(&executions(&runs, !shards.is_empty()))?;
    }
    if !shards.is_empty() {
        output.line("")?;
        output.table(&of_shards(&shards))?;
    }
    Ok(())
}

fn gears(rows: &[Row]) -> Table {
    let mut table = Table::new(Column::ALL.map(Column::title));
    for row in rows {
        table.row(Column::ALL.map(|column| {
            let text = text::cell(row, column);
            let cell = if column.is_number() {
                Cell::number(text)
            } else {
                Cell::text(text)
            };
            if column == Column::Failed && row.gear.failed > 0 {
                cell.tone(Tone::Bad)
            } else {
                cell
            }
        }));
    }
    table
}

fn executions(runs: &[Run], is_cluster: bool) -> Table {
    let mut table = Table::new(text::run_titles(is_cluster));
    for run in runs {
        let shard = is_cluster.then(|| Cell::text(&run.shard));
        let cells = [
            Cell::text(run.status.as_str()),
            Cell::number(text::age(run)),
            Cell::number(text::records(run)),
            Cell::text(text::gear_of(run)),
        ];
        let id = [Cell::text(short(&run.id))];
        table.row(id.into_iter().chain(shard).chain(cells));
    }
    table
}

fn of_shards(rows: &[ShardRow]) -> Table {
    let mut table = Table::new(text::SHARD_TITLES);
    for row in rows {
        let numbers = text::of_shard(row).map(Cell::number);
        table.row([Cell::text(&row.place.id)].into_iter().chain(numbers));
    }
    table
}

fn of_all(rows: &[Row], shards: &[ShardRow], runs: &[Run], now: &Sample, interval: Duration) -> Json {
    let gears = rows.iter().filter(|row| !row.gear.is_function());
    let functions = rows.iter().filter(|row| row.gear.is_function());
    json!({
        "intervalSeconds": interval.as_secs_f64(),
        "shards": now.shards.len(),
        "perShard": shards.iter().map(of_one_shard).collect::<Vec<_>>(),
        "gears": gears.map(of_gear).collect::<Vec<_>>(),
        "functions": functions.map(of_function).collect::<Vec<_>>(),
        "executions": runs.iter().map(of_run).collect::<Vec<_>>(),
        "workers": now.workers.map(of_workers),
    })
}

fn of_workers(workers: Workers) -> Json {
    json!({
        "all": workers.all,
        "busy": workers.busy,
        "waiting": workers.waiting,
        "limit": workers.limit,
    })
}

fn of_one_shard(row: &ShardRow) -> Json {
    let place = &row.place;
    json!({
        "id": place.id,
        "ratePerSecond": row.rate,
        "ended": place.ended,
        "failed": place.failed,
        "executions": place.executions,
        "workers": place.workers.map(of_workers),
    })
}

fn of_gear(row: &Row) -> Json {
    let gear = &row.gear;
    let load = gear.load.as_ref();
    json!({
        "id": gear.key.id,
        "name": gear.key.name,
        "reader": gear.key.reader,
        "mode": gear.mode,
        "session": gear.session,
        "ratePerSecond": row.rate,
        "p50Us": load.map(|load| micros(load.p50)),
        "p99Us": load.map(|load| micros(load.p99)),
        "triggered": gear.triggered,
        "ended": gear.ended,
        "failed": gear.failed,
        "aborted": gear.aborted,
        "waiting": load.map(|load| load.waiting),
        "running": load.map(|load| load.running),
    })
}

fn of_function(row: &Row) -> Json {
    let function = &row.gear;
    let load = function.load.as_ref();
    json!({
        "name": function.key.name,
        "ratePerSecond": row.rate,
        "p50Us": load.map(|load| micros(load.p50)),
        "p99Us": load.map(|load| micros(load.p99)),
        "triggered": function.triggered,
        "failed": function.failed,
    })
}

fn of_run(run: &Run) -> Json {
    json!({
        "id": run.id,
        "shard": run.shard,
        "status": run.status.as_str(),
        "gear": run.gear.as_ref().map(|gear| &gear.name),
        "registration": run.gear.as_ref().map(|gear| &gear.id),
        "registered": run.registered,
        "us": run.age.map(micros),
        "records": run.records,
    })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
