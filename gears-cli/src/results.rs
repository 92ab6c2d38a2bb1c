//! Results of executions, for people and for programs.

use gears_runtime::data::{ExecutionError, ExecutionResult};
use redis::Value;
use serde_json::{Value as Json, json};

use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    json,
};

/// Prints results as they are, and errors as tracebacks.
///
/// # Errors
///
/// There are errors among them.
pub(crate) fn print(context: &Context<'_>, results: &ExecutionResult) -> Result {
    let output = &context.output;
    if output.is_json() {
        let all: Vec<Json> = results.results().iter().map(json::of_value).collect();
        let errors: Vec<Json> = results.errors().iter().map(of_error).collect();
        output.json(&json!({ "results": all, "errors": errors }))?;
    } else {
        for result in results.results() {
            match result {
                Value::BulkString(bytes) => output.bytes(bytes)?,
                other => output.bytes(json::to_text(other).as_bytes())?,
            }
        }
        for error in results.errors() {
            match error.python() {
                Some(python) => output.error(&python.to_string()),
                None => output.error(error.raw()),
            }
        }
    }
    if results.is_ok() {
        Ok(())
    } else {
        Err(Failure::silent(Code::Failed))
    }
}

fn of_error(error: &ExecutionError) -> Json {
    let python = error.python();
    json!({
        "raw": error.raw(),
        "exception": python.as_ref().map(|python| python.exception()),
        "message": python.as_ref().map(|python| python.message()),
        "frames": python.as_ref().map(|python| {
            python.frames().iter().map(|frame| json!({
                "file": frame.file(),
                "line": frame.line(),
                "function": frame.function(),
                "source": frame.source(),
            })).collect::<Vec<_>>()
        }),
    })
}
