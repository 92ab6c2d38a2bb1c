//! What a shard said, as values of metrics.

use std::{collections::HashMap, time::Duration};

use gears_runtime::data::{Registration, RegistrationStatus};

use super::{
    exposition::{Exposition, Labels},
    families::{self, Family},
    info::Info,
    shard::Answer,
};
use crate::{identity::short, load::Values, registration};

/// Makes values of what a shard said.
pub(super) fn of(answer: &Answer, shard: &Labels) -> Exposition {
    let info = Info::read(&answer.info);
    let mut exposition = Exposition::default();
    build(&info, shard, &mut exposition);
    figures(&info, shard, &mut exposition);
    let count = float(answer.registrations.len());
    exposition.add(&families::REGISTRATIONS, shard, count);
    let told: HashMap<&str, Values<'_>> = info
        .rows("rg_gears")
        .filter_map(|(_, values)| Some((values.text("id")?, values)))
        .collect();
    for one in &answer.registrations {
        gear(one, told.get(one.id.as_str()), shard, &mut exposition);
    }
    for (name, mode) in [("SyncDeadline", "sync"), ("AsyncDeadline", "async")] {
        if let Some(millis) = answer.settings.get(name) {
            let labels = shard.with("mode", mode);
            exposition.add(&families::DEADLINE, &labels, float(*millis) / 1e3);
        }
    }
    if let Some(limit) = answer.settings.get("PythonMemoryLimit") {
        exposition.add(&families::MEMORY_LIMIT, shard, float(*limit));
    }
    functions(&info, shard, &mut exposition);
    links(&info, shard, &mut exposition);
    exposition
}

fn build(info: &Info<'_>, shard: &Labels, to: &mut Exposition) {
    let Some(version) = info.text("rg_engine", "version") else {
        return;
    };
    let python = info.text("rg_engine", "python_version").unwrap_or_default();
    let labels = shard.with("version", version).with("python", python);
    to.add(&families::BUILD, &labels, 1.0);
}

/// Adds those that are about the shard as a whole.
fn figures(info: &Info<'_>, shard: &Labels, to: &mut Exposition) {
    let told: [(&Family, &str, &str); 13] = [
        (&families::QUEUE, "rg_executions", "executions_waiting"),
        (&families::QUEUE_LIMIT, "rg_executions", "queue_length_limit"),
        (&families::WORKERS, "rg_executions", "workers"),
        (&families::WORKERS_BUSY, "rg_executions", "workers_busy"),
        (&families::WORKERS_LOST, "rg_executions", "workers_lost"),
        (&families::WRITERS, "rg_executions", "writers_waiting"),
        (&families::THREADS, "rg_executions", "python_threads"),
        (&families::GIL, "rg_gil", "gil_held_msec"),
        (&families::MEMORY, "rg_python_stats", "CurrAllocated"),
        (&families::MEMORY_PEAK, "rg_python_stats", "PeakAllocated"),
        (&families::PACKAGES_MISSING, "rg_missing_packages", "sessions_waiting"),
        (&families::INSTALLS_FAILED, "rg_missing_packages", "installs_failed"),
        (&families::DROPPED_ALL, "rg_executions", "events_dropped"),
    ];
    for (family, section, name) in told {
        if let Some(value) = info.number(section, name) {
            let is_millis = name.ends_with("_msec");
            to.add(family, shard, if is_millis { value / 1e3 } else { value });
        }
    }
}

/// Adds those of one registration; `told` is what only gears-engine tells.
fn gear(one: &Registration, told: Option<&Values<'_>>, shard: &Labels, to: &mut Exposition) {
    let data = &one.data;
    let labels = shard
        .with("gear", registration::name(one))
        .with("reader", one.reader.as_str())
        .with("mode", data.mode.as_str())
        .with("registration", short(one.id.as_str()));
    let ended = data.num_success + data.num_failures;
    let mut add = |family, value| to.add(family, &labels, value);
    add(&families::CALLS, float(ended + data.num_aborted));
    add(&families::FAILURES, float(data.num_failures));
    add(&families::ABORTED, float(data.num_aborted));
    if let Some(dropped) = data.num_dropped {
        add(&families::DROPPED, float(dropped));
    }
    if let Some(lag) = data.last_estimated_lag_ms {
        add(&families::LAG, float(lag) / 1e3);
    }
    if let Some(status) = &data.status {
        let reads = *status == RegistrationStatus::Ok;
        add(&families::READS, f64::from(u8::from(reads)));
    }
    if let Some(told) = told {
        for (family, name) in [
            (&families::DEADLINES, "overdue"),
            (&families::WAITING, "waiting"),
            (&families::RUNNING, "running"),
            (&families::KEPT, "kept"),
        ] {
            if told.text(name).is_some() {
                add(family, float(told.number(name)));
            }
        }
    }
    durations(ended, data.total_run_duration_ms, told, &labels, to);
}

fn durations(
    ended: i64,
    total_ms: Option<i64>,
    told: Option<&Values<'_>>,
    labels: &Labels,
    to: &mut Exposition,
) {
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    let family = &families::DURATION;
    if let Some(told) = told {
        for (quantile, name) in [("0.5", "p50_usec"), ("0.99", "p99_usec")] {
            // Of nothing there is no quantile.
            let value = if ended == 0 { f64::NAN } else { seconds(told.number(name)) };
            to.add(family, &labels.with("quantile", quantile), value);
        }
    }
    let exact = told.and_then(|told| told.text("total_usec")?.parse().ok());
    let total = exact.map(seconds).or(total_ms.map(|millis| float(millis) / 1e3));
    if let Some(total) = total {
        to.add_part(family, "_sum", labels, total);
        to.add_part(family, "_count", labels, float(ended));
    }
}

/// Adds those of the server's own functions in Python.
fn functions(info: &Info<'_>, shard: &Labels, to: &mut Exposition) {
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    for (function, values) in info.rows("rg_functions") {
        let labels = shard.with("function", function);
        let calls = values.number("calls");
        to.add(&families::FUNCTION_CALLS, &labels, float(calls));
        for (family, name) in [
            (&families::FUNCTION_FAILURES, "failures"),
            (&families::FUNCTION_KILLED, "killed"),
        ] {
            to.add(family, &labels, float(values.number(name)));
        }
        let family = &families::FUNCTION_DURATION;
        for (quantile, name) in [("0.5", "p50_usec"), ("0.99", "p99_usec")] {
            // Of nothing there is no quantile.
            let value = if calls == 0 { f64::NAN } else { seconds(values.number(name)) };
            to.add(family, &labels.with("quantile", quantile), value);
        }
        to.add_part(family, "_sum", &labels, seconds(values.number("total_usec")));
        to.add_part(family, "_count", &labels, float(calls));
    }
}

/// Adds those of the ways to other shards.
fn links(info: &Info<'_>, shard: &Labels, to: &mut Exposition) {
    for (peer, values) in info.rows("rg_cluster") {
        let labels = shard.with("peer", peer);
        let mut add = |family, value| to.add(family, &labels, value);
        let is = |name, wanted| f64::from(u8::from(values.text(name) == Some(wanted)));
        add(&families::LINK, is("link", "up"));
        add(&families::LINK_HEARS, is("hears_it", "yes"));
        add(&families::LINK_WAITING, float(values.number("waiting_bytes")));
        add(&families::LINK_SENT, float(values.number("sent_bytes")));
        add(&families::LINK_RESENT, float(values.number("resent")));
    }
}

/// Numbers above 2^53 are rounded, as Prometheus has no others.
#[allow(clippy::cast_precision_loss, reason = "Prometheus has floats alone")]
fn float(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}
