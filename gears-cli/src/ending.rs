//! What is done to several executions, one after another.

use gears_runtime::{
    Gears,
    data::{ExecutionId, ExecutionInfo},
};
use serde_json::json;

use crate::{
    context::Context,
    failure::{Failure, Result},
    identity::{self, short},
};

/// Finds the executions with these ids; without any, all that `fits` fits.
///
/// # Errors
///
/// One of the ids is not there: then nothing happens to the others either.
pub(crate) fn choose(
    context: &Context<'_>,
    ids: &[String],
    fits: impl Fn(&ExecutionInfo) -> bool,
) -> Result<Vec<ExecutionInfo>> {
    let gears = context.gears()?;
    if !ids.is_empty() {
        return identity::executions(gears, ids);
    }
    let mut all = gears.dump_executions()?;
    all.retain(fits);
    Ok(all)
}

/// Does something to each, and says to which.
///
/// # Errors
///
/// It failed for some; the others are done.
pub(crate) fn each(
    context: &Context<'_>,
    done: &'static str,
    executions: Vec<ExecutionInfo>,
    act: impl Fn(&Gears, ExecutionId) -> gears_runtime::Result<()>,
) -> Result {
    let gears = context.gears()?;
    let output = &context.output;
    let mut ids = Vec::new();
    let mut failed = Vec::new();
    for one in executions {
        match act(gears, one.id.clone()) {
            Ok(()) => ids.push(one.id),
            Err(error) => failed.push(format!("{}: {error}", short(one.id.as_str()))),
        }
    }
    if output.is_json() {
        let ids: Vec<&str> = ids.iter().map(ExecutionId::as_str).collect();
        output.json(&json!({ (done): ids }))?;
    } else {
        for id in &ids {
            output.line(format_args!("{done} {}", short(id.as_str())))?;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::server(format!(
        "not {done}: {}",
        failed.join("; ")
    )))
}
