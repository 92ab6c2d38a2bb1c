//! What is done to several executions, one after another.

use gears_runtime::{
    Gears,
    data::{ExecutionId, ExecutionInfo},
};
use serde_json::json;

use crate::{
    context::Context,
    failure::{Failure, Result},
    shard::execution::{self, Execution},
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
) -> Result<Vec<Execution>> {
    let mut all = execution::all(context.gears()?)?;
    if !ids.is_empty() {
        return execution::choose(all, ids);
    }
    all.retain(|one| fits(&one.info));
    Ok(all)
}

/// Does something to each, and says to which; `act` says whether there was anything to do.
///
/// # Errors
///
/// It failed for some; the others are done.
pub(crate) fn each(
    context: &Context<'_>,
    done: &'static str,
    executions: Vec<Execution>,
    act: impl Fn(&Gears, ExecutionId) -> gears_runtime::Result<bool>,
) -> Result {
    let output = &context.output;
    let mut ids = Vec::new();
    let mut failed = Vec::new();
    for one in executions {
        match act(one.gears(), one.info.id.clone()) {
            Ok(true) => ids.push(one),
            Ok(false) => output.note(format_args!("{} had ended before", one.short_id())),
            Err(error) => failed.push(format!("{}: {error}", one.short_id())),
        }
    }
    if output.is_json() {
        let ids: Vec<String> = ids.iter().map(Execution::id).collect();
        output.json(&json!({ (done): ids }))?;
    } else {
        for id in &ids {
            output.line(format_args!("{done} {}", id.short_id()))?;
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
