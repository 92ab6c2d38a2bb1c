//! Registrations as JSON.

use gears_runtime::{
    Maker,
    data::{ReaderArgs, Registration},
};
use serde_json::{Value as Json, json};

use super::of_map;
use crate::registration;

/// Writes a registration; names are those of the typed replies, in camel case.
pub(crate) fn of_registration(registration: &Registration) -> Json {
    let data = &registration.data;
    let version = registration::versions(registration);
    json!({
        "id": registration.id.as_str(),
        "reader": registration.reader,
        "description": registration.description,
        "session": registration.private.as_ref().and_then(|private| private.session()),
        "requirements": registration.private.as_ref().map(|private| private.dependencies()),
        "threadPool": registration.thread_pool,
        "maker": registration.maker().as_ref().map(of_maker),
        "version": version.and_then(|args| args.version.as_deref()),
        "newest": version.and_then(|args| args.newest),
        "keepMs": version.and_then(|args| args.keep_ms),
        "idleMs": version.and_then(|args| args.idle_ms),
        "mode": data.mode.as_str(),
        "status": data.status.as_ref().map(|status| status.as_str()),
        "triggered": data.num_triggered,
        "succeeded": data.num_success,
        "failed": data.num_failures,
        "aborted": data.num_aborted,
        "dropped": data.num_dropped,
        "lastRunMs": data.last_run_duration_ms,
        "totalRunMs": data.total_run_duration_ms,
        "averageRunMs": data.avg_run_duration_ms,
        "lastLagMs": data.last_estimated_lag_ms,
        "averageLagMs": data.avg_estimated_lag_ms,
        "lastError": data.last_error,
        "args": of_args(&data.args),
        "extra": of_map(registration.extra()),
    })
}

/// Writes who made a registration.
pub(crate) fn of_maker(maker: &Maker) -> Json {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "application": maker.application(),
        "version": said(maker.version()),
        "gear": maker.gear(),
        "prefix": said(maker.prefix()),
        "at": registration::made_at(maker),
    })
}

fn of_args(args: &ReaderArgs) -> Json {
    match args {
        ReaderArgs::Command(args) => json!({
            "trigger": args.trigger,
            "inOrder": args.in_order,
            "extra": of_map(args.extra()),
        }),
        ReaderArgs::Keys(args) => json!({
            "pattern": args.pattern,
            "eventTypes": args.event_types,
            "keyTypes": args.key_types,
            "commands": args.hook_commands,
            "extra": of_map(args.extra()),
        }),
        ReaderArgs::Stream(args) => json!({
            "stream": args.stream,
            "batch": args.batch_size,
            "durationMs": args.duration_ms,
            "trim": args.trim_stream,
            "onFailed": args.on_failed_policy.as_ref().map(|policy| policy.as_str()),
            "retrySeconds": args.retry_interval,
            "extra": of_map(args.extra()),
        }),
        ReaderArgs::Other(rest) => json!({ "extra": of_map(rest) }),
        _ => Json::Null,
    }
}
