//! Results of executions, for people and for programs.

use gears_runtime::data::{ExecutionError, ExecutionResult};
use redis::Value;
use serde_json::{Value as Json, json};

use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    json, pickled,
    place::{ScriptName, TEXT},
};

/// Prints results as they are, one execution after another, and errors as tracebacks, which name
/// the script where it is known. What RedGrease pickled is read.
///
/// # Errors
///
/// There are errors among them, or pickles of what only Python can make.
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
        let results: Vec<Json> = results
            .map(|result| match pickled::read(result) {
                Some(Ok(value)) => pickled::to_json(&value),
                Some(Err(why)) => json!({ "error": why }),
                None => json::of_value(result),
            })
            .collect();
        let errors: Vec<Json> = errors.map(|error| of_error(error, script)).collect();
        output.json(&json!({ "results": results, "errors": errors }))?;
    } else {
        for result in results {
            match (pickled::read(result), result) {
                (Some(Ok(value)), _) => output.bytes(&pickled::to_bytes(&value))?,
                (Some(Err(why)), _) => output.error(&why),
                (None, Value::BulkString(bytes)) => output.bytes(bytes)?,
                (None, other) => output.bytes(json::to_text(other).as_bytes())?,
            }
        }
        for error in errors {
            match error.python() {
                Some(python) => output.error(&place(&python.to_string())),
                None => output.error(&place(error.raw())),
            }
        }
    }
    if all.iter().all(is_whole) {
        Ok(())
    } else {
        Err(Failure::silent(Code::Failed))
    }
}

/// Tells whether no record failed, and every result was shown.
fn is_whole(one: &ExecutionResult) -> bool {
    let is_foreign = |result: &Value| matches!(pickled::read(result), Some(Err(_)));
    one.is_ok() && !one.results().iter().any(is_foreign)
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
