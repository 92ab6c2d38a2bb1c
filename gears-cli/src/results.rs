//! Results of executions, for people and for programs.

use gears_runtime::data::{ExecutionError, ExecutionResult};
use redis::Value;
use serde_json::{Value as Json, json};

use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    json,
    place::{ScriptName, TEXT},
};

/// Prints results as they are, one execution after another, and errors as tracebacks, which name
/// the script where it is known.
///
/// # Errors
///
/// There are errors among them.
pub(crate) fn print(
    context: &Context<'_>,
    all: &[ExecutionResult],
    script: Option<&ScriptName>,
) -> Result {
    let place = |text: &str| script.map_or_else(|| text.to_owned(), |script| script.place(text));
    let output = &context.output;
    let results = all.iter().flat_map(|one| one.results());
    let errors = all.iter().flat_map(|one| one.errors());
    if output.is_json() {
        let results: Vec<Json> = results.map(json::of_value).collect();
        let errors: Vec<Json> = errors.map(|error| of_error(error, script)).collect();
        output.json(&json!({ "results": results, "errors": errors }))?;
    } else {
        for result in results {
            match result {
                Value::BulkString(bytes) => output.bytes(bytes)?,
                other => output.bytes(json::to_text(other).as_bytes())?,
            }
        }
        for error in errors {
            match error.python() {
                Some(python) => output.error(&place(&python.to_string())),
                None => output.error(&place(error.raw())),
            }
        }
    }
    if all.iter().all(ExecutionResult::is_ok) {
        Ok(())
    } else {
        Err(Failure::silent(Code::Failed))
    }
}

fn of_error(error: &ExecutionError, script: Option<&ScriptName>) -> Json {
    let python = error.python();
    json!({
        "raw": error.raw(),
        "exception": python.as_ref().map(|python| python.exception()),
        "message": python.as_ref().map(|python| python.message()),
        "frames": python.as_ref().map(|python| {
            python.frames().iter().map(|frame| json!({
                "file": match script {
                    Some(script) if frame.file() == TEXT => script.as_str(),
                    _ => frame.file(),
                },
                "line": frame.line(),
                "function": frame.function(),
                "source": frame.source(),
            })).collect::<Vec<_>>()
        }),
    })
}
