//! Whether packages can be installed: a script asks where the server is.

use std::time::Duration;

use gears_runtime::{Gears, Script, data::ExecutionResult};
use redis::Value;
use serde::Deserialize;

use super::{examination::Examination, facts::Facts, permission::Rights};
use crate::failure::Result;

const SCRIPT: &str = include_str!("probe.py");
/// How long it may wait for a worker and for pip.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the script found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    pip: Option<String>,
    pip_error: Option<String>,
    folder: String,
    writable: bool,
    index: Option<String>,
    index_error: Option<String>,
}

pub(super) fn examine(
    gears: &Gears,
    facts: &Facts,
    rights: Rights,
    examination: &mut Examination<'_>,
) -> Result {
    if !rights.registers {
        return examination.warn(
            "packages",
            "not looked at, as the user may not run scripts",
            format!("{}, or ask as another", examination.allow("+rg.pyexecute")),
        );
    }
    let installs = gears.config_get(["PipInstall"]).ok();
    let installs = installs.and_then(|values| values.into_values().next().flatten());
    if installs.is_some_and(|value| value.to_string() == "0") {
        return examination.ok("packages", "installing is switched off (PipInstall 0)");
    }
    let found = match run(gears, facts) {
        Ok(found) => found,
        Err(why) => {
            return examination.fail(
                "Python",
                format!("a script could not be run: {why}"),
                "`gears executions` shows what keeps the workers; the server's log says more",
            );
        }
    };
    if let Some(why) = &found.pip_error {
        return examination.fail(
            "packages",
            format!("pip does not run: {why}"),
            format!(
                "on the machine of the server: `{} -m ensurepip --upgrade`; or name another Python when the module is \
                 loaded: `PythonExecutable /path/to/venv/bin/python3`",
                facts.get("rg_python_executable").unwrap_or("python3")
            ),
        );
    }
    if !found.writable {
        return examination.fail(
            "packages",
            format!("the server cannot write to {}, where packages go", found.folder),
            "give the folder to the server's user, or name another when the module is loaded: \
             `PythonInstallationDir /path`",
        );
    }
    let pip = found.pip.unwrap_or_default();
    match (found.index, found.index_error) {
        (None, _) => examination.ok(
            "packages",
            format!("{pip} into {}, without an index (--no-index)", found.folder),
        ),
        (Some(index), None) => {
            examination.ok("packages", format!("{pip} from {index} into {}", found.folder))
        }
        (Some(index), Some(why)) => examination.warn(
            "packages",
            format!("{pip} cannot reach its index {index}: {why}"),
            "`gears requirements export` and `import` bring packages from another server; \
             PipArguments, at load, names another index or a folder of wheels",
        ),
    }
}

/// Runs the script on a worker of the server that was asked.
fn run(gears: &Gears, facts: &Facts) -> Result<Found, String> {
    let said = |error: gears_runtime::Error| error.to_string();
    let execution = gears.spawn(&Script::from_source(SCRIPT)).map_err(said)?;
    let results = execution.wait(PATIENCE).map_err(|error| {
        let busy = facts.get("rg_executions_waiting").unwrap_or("0");
        format!("{error}; {busy} executions wait there")
    });
    // It is nobody's any more, whatever came of it.
    if results.is_err() {
        let _ = execution.abort();
    }
    let _ = execution.discard();
    read(&results?)
}

fn read(results: &ExecutionResult) -> Result<Found, String> {
    if let Some(error) = results.errors().first() {
        return Err(error.raw().to_owned());
    }
    match results.results().first() {
        Some(Value::BulkString(json)) => {
            serde_json::from_slice(json).map_err(|error| error.to_string())
        }
        other => Err(format!("it returned {other:?}")),
    }
}
