//! What each command sends, and how its reply is read.

use redis::Value;

use super::{Patience, Request};
use crate::{
    data::{Executed, ExecutionId, ExecutionInfo, ExecutionResult, Locality, ShardPlan},
    error::Result,
    script::Script,
    server::{Dialect, ModuleVersion},
};

pub(crate) fn dump_executions() -> Request<Vec<ExecutionInfo>> {
    Request::plain("RG.DUMPEXECUTIONS", "executions")
}

pub(crate) fn get_execution(
    id: impl Into<ExecutionId>,
    locality: Option<Locality>,
) -> Request<Vec<ShardPlan>> {
    Request::plain("RG.GETEXECUTION", "plans")
        .arg(id.into().as_str())
        .args(locality.map(Locality::as_str))
        .patience(Patience::Gear)
}

pub(crate) fn get_results(id: impl Into<ExecutionId>) -> Request<ExecutionResult<Value>> {
    Request::new("RG.GETRESULTS", "reply", ExecutionResult::from_reply).arg(id.into().as_str())
}

pub(crate) fn get_results_blocking(id: impl Into<ExecutionId>) -> Request<ExecutionResult<Value>> {
    Request::new(
        "RG.GETRESULTSBLOCKING",
        "reply",
        ExecutionResult::from_reply,
    )
    .arg(id.into().as_str())
    .patience(Patience::Script)
}

pub(crate) fn abort_execution(id: impl Into<ExecutionId>) -> Request<()> {
    Request::ok("RG.ABORTEXECUTION")
        .arg(id.into().as_str())
        .patience(Patience::Script)
}

pub(crate) fn drop_execution(id: impl Into<ExecutionId>) -> Request<()> {
    Request::ok("RG.DROPEXECUTION").arg(id.into().as_str())
}

pub(crate) fn py_execute<T>(
    script: &Script<T>,
    unblocking: bool,
    dialect: Dialect,
) -> Request<Executed> {
    let (words, requirements) = script.words(unblocking, dialect);
    let request = Request::new(PYEXECUTE, "reply", Executed::from_reply)
        .args(words)
        .python("", requirements)
        .patience(Patience::Script);
    match script.needs() {
        (_, true) => request.feature(
            "FORCE_REINSTALL_REQUIREMENTS of RG.PYEXECUTE",
            ModuleVersion::REINSTALLS,
            "Unknown arguments were given: FORCE_",
        ),
        (true, _) => request.feature(
            "naming, describing and replacing sessions with RG.PYEXECUTE",
            ModuleVersion::SESSIONS,
            "Extra unkown arguments",
        ),
        (false, false) => request,
    }
}

/// Reads a reply to `RG.PYEXECUTE` that came among others.
pub(crate) fn executed(reply: Value, trigger: &str, requirements: &[&str]) -> Result<Executed> {
    let requirements = requirements.iter().map(|&spec| spec.to_owned()).collect();
    Request::new(PYEXECUTE, "reply", Executed::from_reply)
        .python(trigger, requirements)
        .finish(reply, None)
}

pub(super) const PYEXECUTE: &str = "RG.PYEXECUTE";
