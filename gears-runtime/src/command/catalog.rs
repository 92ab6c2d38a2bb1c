//! What each command sends, and how its reply is read.

use std::collections::BTreeMap;

use redis::Value;

use super::{
    args::TriggerArgs,
    merge::Merge,
    request::{PYEXECUTE, Request},
    scope::Scope,
    script::Script,
};
use crate::{
    connect::gears::timeouts::Patience,
    data::{
        ClusterInfo, ConfigChange, ConfigValue, Executed, ExecutionId, ExecutionInfo,
        ExecutionResult, ExportedRequirement, Locality, Misfit, Plugin, PyRequirement, PyStats,
        Read, Registration, RegistrationId, SessionQuery, Sessions, ShardPlan, read_each,
        read_value,
    },
    error::Result,
    server::{dialect::Dialect, value::text, version::ModuleVersion},
};

const INFOCLUSTER: &str = "RG.INFOCLUSTER";

pub(crate) fn py_execute<T>(
    script: &Script<T>,
    unblocking: bool,
    dialect: Dialect,
) -> Request<Executed> {
    let (words, requirements) = script.words(unblocking, dialect);
    let request = Request::new(PYEXECUTE, "reply", Executed::from_reply)
        .args(words)
        .python("", requirements)
        .closed_at(script.closed())
        .patience(Patience::Script)
        .needing(script.needs());
    match script.needs_session() {
        (_, true) => request.feature(
            "FORCE_REINSTALL_REQUIREMENTS of RG.PYEXECUTE",
            ModuleVersion::REINSTALLS,
            &[
                "Unknown arguments were given: FORCE_",
                "Extra unkown arguments",
            ],
        ),
        (true, _) => request.feature(
            "naming, describing and replacing sessions with RG.PYEXECUTE",
            ModuleVersion::SESSIONS,
            &["Extra unkown arguments"],
        ),
        (false, false) => request,
    }
}

/// Runs a script, and asks in the same go which shards there are.
pub(crate) fn py_execute_and_ask<T>(
    script: &Script<T>,
    unblocking: bool,
    dialect: Dialect,
) -> Request<Executed> {
    py_execute(script, unblocking, dialect).asking_ahead(redis::cmd(INFOCLUSTER))
}

/// Reads a reply to `RG.PYEXECUTE` that came among others.
pub(crate) fn executed(reply: Value, trigger: &str, requirements: &[&str]) -> Result<Executed> {
    let requirements = requirements.iter().map(|&spec| spec.to_owned()).collect();
    Request::new(PYEXECUTE, "reply", Executed::from_reply)
        .python(trigger, requirements)
        .finish(reply, None)
}

pub(crate) fn trigger(trigger: &str, args: impl TriggerArgs) -> Request<Vec<Value>> {
    triggering("RG.TRIGGER", trigger).args(args.into_words())
}

pub(crate) fn trigger_on_key(
    trigger: &str,
    key: impl AsRef<[u8]>,
    args: impl TriggerArgs,
) -> Request<Vec<Value>> {
    triggering("RG.TRIGGERONKEY", trigger)
        .scope(Scope::Key(key.as_ref().to_vec()))
        .arg(key)
        .args(args.into_words())
        .since(ModuleVersion::SESSIONS)
}

fn triggering(name: &'static str, trigger: &str) -> Request<Vec<Value>> {
    // Errors inside the array are values, such as negative numbers.
    Request::new(name, "results", |reply| match reply {
        Value::Array(results) => Ok(results),
        other => Err(Misfit::new("an array of results", &other).of(other)),
    })
    .arg(trigger)
    .python(trigger, Vec::new())
    .patience(Patience::Gear)
}

pub(crate) fn dump_executions() -> Request<Vec<ExecutionInfo>> {
    Request::plain("RG.DUMPEXECUTIONS", "executions")
        .reads()
        .every(Merge::Executions)
}

pub(crate) fn get_execution(
    id: impl Into<ExecutionId>,
    locality: Option<Locality>,
) -> Request<Vec<ShardPlan>> {
    let id = id.into();
    Request::plain("RG.GETEXECUTION", "plans")
        .arg(id.as_str())
        .reads()
        .scope(Scope::Execution(id))
        .args(locality.map(Locality::as_str))
        .patience(Patience::Gear)
}

pub(crate) fn get_results(id: impl Into<ExecutionId>) -> Request<ExecutionResult> {
    let id = id.into();
    Request::new("RG.GETRESULTS", "reply", ExecutionResult::from_reply)
        .arg(id.as_str())
        .reads()
        .scope(Scope::Execution(id))
}

pub(crate) fn get_results_blocking(id: impl Into<ExecutionId>) -> Request<ExecutionResult> {
    let id = id.into();
    Request::new(
        "RG.GETRESULTSBLOCKING",
        "reply",
        ExecutionResult::from_reply,
    )
    .arg(id.as_str())
    .reads()
    .scope(Scope::Execution(id))
    .patience(Patience::Script)
}

pub(crate) fn abort_execution(id: impl Into<ExecutionId>) -> Request<()> {
    let id = id.into();
    Request::ok("RG.ABORTEXECUTION")
        .arg(id.as_str())
        .scope(Scope::Execution(id))
        .patience(Patience::Script)
}

pub(crate) fn drop_execution(id: impl Into<ExecutionId>) -> Request<()> {
    let id = id.into();
    Request::ok("RG.DROPEXECUTION")
        .arg(id.as_str())
        .scope(Scope::Execution(id))
}

pub(crate) fn dump_registrations() -> Request<Vec<Registration>> {
    Request::plain("RG.DUMPREGISTRATIONS", "registrations")
        .reads()
        .every(Merge::Registrations)
}

pub(crate) fn unregister(id: impl Into<RegistrationId>) -> Request<()> {
    registered("RG.UNREGISTER", id.into())
}

pub(crate) fn unregister_abort_pending(id: impl Into<RegistrationId>) -> Request<()> {
    unregister(id).arg("ABORTPENDING")
}

pub(crate) fn pause_registrations(id: impl Into<RegistrationId>) -> Request<()> {
    registered("RG.PAUSEREGISTRATIONS", id.into())
        .patience(Patience::Gear)
        .since(ModuleVersion::PAUSES)
}

pub(crate) fn unpause_registrations(id: impl Into<RegistrationId>) -> Request<()> {
    registered("RG.UNPAUSEREGISTRATIONS", id.into())
        .patience(Patience::Gear)
        .since(ModuleVersion::PAUSES)
}

/// Makes a request about a registration, for those that have it.
fn registered(name: &'static str, id: RegistrationId) -> Request<()> {
    Request::ok(name)
        .arg(id.as_str())
        .scope(Scope::Registration(id))
}

pub(crate) fn clear_registrations_stats() -> Request<()> {
    Request::ok("RG.CLEARREGISTRATIONSSTATS")
        .together(Merge::Okay)
        .patience(Patience::Gear)
        .since(ModuleVersion::SESSIONS)
}

pub(crate) fn config_get<N: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
) -> Request<BTreeMap<String, Option<ConfigValue>>> {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect();
    let words = names.clone();
    Request::new("RG.CONFIGGET", "values", move |reply| {
        read_each(&names, &reply, read_value).map_err(|misfit| misfit.of(reply))
    })
    .args(words)
    .reads()
}

pub(crate) fn config_set<N: AsRef<str>, V: Into<ConfigValue>>(
    settings: impl IntoIterator<Item = (N, V)>,
) -> Request<BTreeMap<String, ConfigChange>> {
    let (mut names, mut words) = (Vec::new(), Vec::new());
    for (name, value) in settings {
        names.push(name.as_ref().to_owned());
        words.push(name.as_ref().to_owned());
        words.push(value.into().to_string());
    }
    Request::new("RG.CONFIGSET", "changes", move |reply| {
        read_each(&names, &reply, ConfigChange::read).map_err(|misfit| misfit.of(reply))
    })
    .args(words)
    .every(Merge::Changes)
}

pub(crate) fn info_cluster() -> Request<Option<ClusterInfo>> {
    Request::new(INFOCLUSTER, "cluster", |reply| {
        ClusterInfo::read_reply(&reply).map_err(|misfit| misfit.of(reply))
    })
    .reads()
}

pub(crate) fn refresh_cluster() -> Request<()> {
    Request::ok("RG.REFRESHCLUSTER")
        .patience(Patience::Gear)
        .every(Merge::Okay)
}

pub(crate) fn py_stats() -> Request<PyStats> {
    Request::plain("RG.PYSTATS", "stats")
        .reads()
        .every(Merge::Stats)
}

pub(crate) fn py_dump_reqs() -> Request<Vec<PyRequirement>> {
    Request::plain("RG.PYDUMPREQS", "requirements")
        .reads()
        .every(Merge::Requirements)
}

pub(crate) fn py_dump_sessions(query: &SessionQuery) -> Request<Sessions> {
    Request::plain("RG.PYDUMPSESSIONS", "sessions")
        .reads()
        .every(Merge::Sessions)
        .args(query.words())
        .since(ModuleVersion::SESSIONS)
}

pub(crate) fn py_profile_stats(session: &str) -> Request<String> {
    Request::plain("RG.PYPROFILE", "profile")
        .reads()
        .arg("STATS")
        .arg(session)
        .since(ModuleVersion::SESSIONS)
}

pub(crate) fn py_profile_reset(session: &str) -> Request<()> {
    Request::ok("RG.PYPROFILE")
        .every(Merge::Okay)
        .arg("RESET")
        .arg(session)
        .since(ModuleVersion::SESSIONS)
}

pub(crate) fn py_export_req(requirement: &str) -> Request<ExportedRequirement> {
    Request::plain("RG.PYEXPORTREQ", "export")
        .reads()
        .arg(requirement)
}

pub(crate) fn py_import_req<C: AsRef<[u8]>>(chunks: impl IntoIterator<Item = C>) -> Request<()> {
    Request::ok("RG.PYIMPORTREQ")
        .every(Merge::Okay)
        .args(chunks)
        .patience(Patience::Script)
}

pub(crate) fn dump_plugins() -> Request<Vec<Plugin>> {
    Request::plain("RG.DUMPPLUGINS", "plugins")
        .reads()
        .since(ModuleVersion::COROUTINES)
}

pub(crate) fn hello() -> Request<String> {
    Request::new("RG.HELLO", "reply", |reply| match text(&reply) {
        Some(run_id) => Ok(run_id.to_owned()),
        None => Err(Misfit::new("the id of a run", &reply).of(reply)),
    })
    .reads()
}

pub(crate) fn network_test() -> Request<()> {
    Request::ok("RG.NETWORKTEST").reads()
}
