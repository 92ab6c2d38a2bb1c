//! Our part of `INFO`.

mod links;

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::time::Duration;

use gears_model::{Kind, State, Trouble};
use gears_server::{Info, InfoText};

use crate::config::config;
use crate::ground::version;
use crate::occasion::writers;
use crate::persist::store;
use crate::python::interpreter::interpreter;
use crate::python::memory;
use crate::registration::{Registration, dropped, registry};
use crate::thread::thread_count;
use crate::thread::worker::workers;
use crate::{execution, life, requirement, scripting, watchdog};

/// Adds our sections: RedisGears' (spec section 1.22) and, as `rg_engine`,
/// `rg_cluster`, `rg_executions`, `rg_gears`, `rg_functions`, `rg_missing_packages`, `rg_unfinished`,
/// `rg_lost_workers` and `rg_gil`, what only this engine can tell.
pub(crate) struct Report;

impl Info for Report {
    fn report(info: &InfoText, for_crash: bool) {
        // A crash can happen anywhere, also with one of our mutexes held.
        let sections: &[fn(&InfoText)] = if for_crash {
            &[about]
        } else {
            &[
                summary,
                registrations,
                plugins,
                python_stats,
                requirements,
                missing,
                sessions,
                about,
                stored,
                links::links,
                executions,
                gears,
                functions,
                unfinished,
                lost,
                python_kept,
            ]
        };
        for section in sections {
            section(info);
        }
    }
}

fn summary(info: &InfoText) {
    if info.section(c"") {
        info.number(c"nexecutions", size(execution::executions().all().len()));
        info.number(c"nregistrations", size(registry().len()));
    }
}

fn registrations(info: &InfoText) {
    // The name is spelled as in RedisGears.
    if !info.section(c"regisrations") {
        return;
    }
    for registration in registry().all() {
        let statistics = registration.statistics();
        let row = info.row(&registration.id.to_string());
        row.text(
            c"desc",
            registration.description.as_deref().unwrap_or("None"),
        );
        row.text(c"reader", registration.kind.reader());
        row.text(c"mode", registration.mode.name());
        row.number(c"numTriggered", statistics.triggered);
        row.number(c"numSuccess", statistics.succeeded);
        row.number(c"numFailures", statistics.failed);
        row.number(c"numAborted", statistics.aborted);
        row.number(c"numDropped", statistics.dropped);
        row.number(c"lastRunDurationMS", millis(statistics.last_run));
        row.number(c"totalRunDurationMS", millis(statistics.total_run));
        let trouble = registration.trouble.as_ref().map(Trouble::reason);
        let last_error = trouble.or(statistics.last_error.as_deref());
        row.text(c"lastError", last_error.unwrap_or("None"));
        match (registration.kind.shared_name(), registration.kind.edition()) {
            (Some(trigger), Some(edition)) => {
                row.text(c"trigger", &String::from_utf8_lossy(trigger));
                row.text(c"version", &edition.version);
                row.number(c"newest", i64::from(registry().is_newest(&registration)));
                row.number(c"keep", millis(edition.keep));
                row.number(c"idleFor", millis(registration.idle()));
            }
            _ => row.text(name_field(&registration), &registration.name()),
        }
        if let Kind::Stream(stream) = &registration.kind {
            row.text(c"status", stream.status().name());
        }
        row.text(c"session", &registration.session.id);
        row.text(c"user", &registration.session.user.name());
    }
}

fn name_field(registration: &Registration) -> &'static CStr {
    match registration.kind {
        Kind::Trigger { .. } | Kind::Hook { .. } => c"trigger",
        Kind::Keys(_) => c"regex",
        Kind::Stream(_) => c"stream",
    }
}

fn plugins(info: &InfoText) {
    if info.section(c"plugins") {
        let row = info.row("GearsPythonPlugin");
        row.number(c"version", version::PLUGIN_VERSION);
    }
}

fn python_stats(info: &InfoText) {
    if info.section(c"python_stats") {
        let memory = memory::memory_use();
        info.number(c"TotalAllocated", size(memory.total));
        info.number(c"PeakAllocated", size(memory.peak));
        info.number(c"CurrAllocated", size(memory.current));
    }
}

fn requirements(info: &InfoText) {
    if !info.section(c"python_requirements") {
        return;
    }
    for package in requirement::requirements().all() {
        let row = info.row(&package.name);
        row.text(c"wheels", &package.wheel_names().join("|"));
        row.text(c"path", &package.folder.to_string_lossy());
    }
}

fn sessions(info: &InfoText) {
    if !info.section(c"python_sessions") {
        return;
    }
    for (session, numbers) in registry().sessions() {
        let row = info.row(&session.id);
        row.text(
            c"description",
            session.description.as_deref().unwrap_or("None"),
        );
        row.number(c"registrations", size(numbers.len()));
        row.text(c"requirements", &session.requirements.join("|"));
        row.text(c"user", &session.user.name());
    }
}

/// Which loaded scripts wait for their packages.
fn missing(info: &InfoText) {
    if !info.section(c"missing_packages") {
        return;
    }
    let mut waiting = BTreeSet::new();
    for registration in registry().all() {
        if registration
            .trouble
            .as_ref()
            .is_some_and(Trouble::is_missing)
        {
            waiting.insert(registration.session.id.clone());
        }
    }
    info.number(c"sessions_waiting", size(waiting.len()));
    info.number(c"installs_failed", life::missing::failures());
}

/// Versions, and where Python comes from.
fn about(info: &InfoText) {
    let python = interpreter();
    if info.section(c"engine") {
        info.text(c"version", version::VERSION);
        info.text(c"python_version", &python.version);
        info.text(c"python_executable", &python.executable);
        info.text(c"python_library", &python.library);
        let lacks = match python.lacks.as_slice() {
            [] => "none".to_owned(),
            lacks => lacks.join(","),
        };
        info.text(c"python_lacks", &lacks);
        let scripting = scripting::state();
        info.text(c"scripting_engine", scripting.name());
        info.number(
            c"scripting_engine_api",
            i64::try_from(scripting.api()).unwrap_or(0),
        );
    }
}

/// How many records that cannot be read are named: a damaged file may hold many.
const NAMED: usize = 16;

/// What is kept for saving: a script with its registrations is one record.
fn stored(info: &InfoText) {
    if !info.section(c"stored") {
        return;
    }
    // SAFETY: the server asks on the thread that holds its lock, except in a
    // crash, where this section is left out.
    let records = unsafe { store().records() };
    info.number(c"records", size(records.sessions()));
    info.number(c"records_unreadable", size(records.unreadable().len()));
    let (requirements, bytes) = records.wheels();
    info.number(c"requirements", size(requirements));
    info.number(c"requirements_bytes", size(bytes));
    for (place, record) in records.unreadable().iter().take(NAMED).enumerate() {
        let row = info.row(&format!("unreadable_{}", place + 1));
        row.text(c"session", &record.session);
        row.number(c"bytes", size(record.len()));
        row.text(c"reason", &record.reason);
    }
}

fn executions(info: &InfoText) {
    if !info.section(c"executions") {
        return;
    }
    let listed = execution::executions().all();
    for (name, state) in [
        (c"executions_created", State::Created),
        (c"executions_running", State::Running),
        (c"executions_done", State::Done),
        (c"executions_aborted", State::Aborted),
    ] {
        let count = listed.iter().filter(|listed| listed.state() == state);
        info.number(name, size(count.count()));
    }
    info.number(c"executions_waiting", size(workers().waiting()));
    info.number(c"events_dropped", dropped::count());
    info.number(c"writers_waiting", size(writers::count()));
    info.number(c"queue_length_limit", size(config().execution_queue()));
    info.number(c"workers", size(config().execution_threads()));
    info.number(c"workers_busy", size(workers().busy()));
    info.number(c"workers_lost", size(workers().lost().len()));
    info.number(c"workers_ever_lost", size(workers().ever_lost()));
    info.number(c"python_threads", size(thread_count::living()));
    info.number(c"python_threads_refused", size(thread_count::refused()));
}

/// Who keeps Python to himself, if anybody does.
fn python_kept(info: &InfoText) {
    if !info.section(c"gil") {
        return;
    }
    let (name, lasted) = watchdog::keeps_python().unwrap_or_default();
    info.text(c"gil_held_by", &name);
    info.number(c"gil_held_msec", millis(lasted));
}

/// The workers that are in functions which do not come back.
fn lost(info: &InfoText) {
    if !info.section(c"lost_workers") {
        return;
    }
    for (worker, lost) in workers().lost() {
        let row = info.row(&format!("lost_worker_{worker}"));
        row.text(c"function", &lost.name);
        row.text(c"execution", &lost.execution.to_string());
        row.number(c"msec", millis(lost.since.elapsed()));
    }
}

/// How often each function ran and how long that took.
fn gears(info: &InfoText) {
    if !info.section(c"gears") {
        return;
    }
    for registration in registry().all() {
        let statistics = registration.statistics();
        let row = info.row(&registration.name());
        row.text(c"id", &registration.id.to_string());
        row.number(
            c"calls",
            statistics.succeeded + statistics.failed + statistics.aborted,
        );
        row.number(c"failures", statistics.failed);
        for (name, percent) in [(c"p50_usec", 50), (c"p99_usec", 99)] {
            let micros = statistics.latency.percentile(percent);
            row.number(name, i64::try_from(micros).unwrap_or(i64::MAX));
        }
        row.number(c"waiting", size(registration.load.waiting()));
        row.number(c"running", size(registration.load.running()));
        row.number(c"kept", size(registration.backlog.len()));
        row.number(c"overdue", statistics.overdue);
        row.number(c"total_usec", micros(statistics.total_run));
    }
}

/// The server's own functions that are in Python.
fn functions(info: &InfoText) {
    if !matches!(scripting::state(), scripting::State::On(_)) || !info.section(c"functions") {
        return;
    }
    for (name, counts) in scripting::counts() {
        let row = info.row(&name);
        row.number(c"calls", counts.calls);
        row.number(c"failures", counts.failed);
        row.number(c"killed", counts.killed);
        for (name, percent) in [(c"p50_usec", 50), (c"p99_usec", 99)] {
            let micros = counts.latency.percentile(percent);
            row.number(name, i64::try_from(micros).unwrap_or(i64::MAX));
        }
        row.number(c"total_usec", micros(counts.total));
    }
}

/// What runs and waits, and for how long it has.
fn unfinished(info: &InfoText) {
    if !info.section(c"unfinished") {
        return;
    }
    for execution in execution::executions().all() {
        let (state, age) = {
            let progress = execution.progress();
            (progress.state, progress.age())
        };
        if state.has_ended() {
            continue;
        }
        let row = info.row(&execution.id.to_string());
        if let Some(cause) = execution.cause() {
            row.text(c"registration", &cause.to_string());
        }
        row.text(c"state", state.name());
        row.number(c"usec", micros(age));
        row.number(c"records", size(execution.records()));
        if execution.reads_all_keys() {
            row.text(c"reads", "all keys");
        }
    }
}

fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
