//! The module, and the Python in it.

use super::{examination::Examination, facts::Facts};
use crate::failure::Result;

/// Examines it; tells whether there is one.
pub(super) fn examine(facts: &Facts, examination: &mut Examination<'_>) -> Result<bool> {
    if facts.refusal().is_some() {
        // Others will tell, when they ask it.
        return Ok(true);
    }
    if let Some(version) = facts.get("rg_version") {
        engine(version, facts, examination)?;
        return Ok(true);
    }
    if let Some(number) = facts.module_version() {
        let version = format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100);
        examination.ok("module", format!("RedisGears {version}"))?;
        return Ok(true);
    }
    examination.fail(
        "module",
        "the server runs without the module, so there are no RG.* commands",
        "bring it with `pip install gears-engine`, and start the server with `--loadmodule \"$(python3 -m \
         gears_engine)\"`; where it does not start then, `gears doctor --engine FILE` says why",
    )?;
    Ok(false)
}

fn engine(version: &str, facts: &Facts, examination: &mut Examination<'_>) -> Result {
    let ours = env!("CARGO_PKG_VERSION");
    let message = format!("gears-engine {version}");
    if version == ours {
        examination.ok("module", message)?;
    } else {
        let python = facts.get("rg_python_executable").unwrap_or("python3");
        let (is, advice) = compared(version, ours, python);
        examination.warn("module", format!("{message}, {is} this program, which is {ours}"), advice)?;
    }
    let get = |name| facts.get(name).unwrap_or("unknown");
    let executable = get("rg_python_executable");
    let python = format!("{}, {executable}", get("rg_python_version"));
    match facts.get("rg_python_lacks") {
        None | Some("none") => examination.ok("Python", python)?,
        Some(lacks) => {
            let packages = lacks.replace(',', " ");
            examination.warn(
                "Python",
                format!("{python}, without the packages {lacks}: {}", needed_for(lacks)),
                format!("on the machine of the server: `{executable} -m pip install {packages}`, and restart it"),
            )?;
        }
    }
    scripting(facts, examination)?;
    let (busy, workers) = (facts.number("rg_workers_busy"), facts.number("rg_workers"));
    let waiting = facts.number("rg_executions_waiting").unwrap_or(0);
    if busy == workers && waiting > 0 {
        examination.warn(
            "workers",
            format!("all {} are busy, and {waiting} executions wait", workers.unwrap_or(0)),
            "`gears executions --running` shows what they do; ExecutionThreads, at load, makes more",
        )?;
    }
    Ok(())
}

/// Says how the engine's version is to ours, and what makes them one.
fn compared(version: &str, ours: &str, python: &str) -> (&'static str, String) {
    let numbers = |version: &str| {
        let numbers = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
        numbers.take(3).collect::<Vec<u64>>()
    };
    if numbers(version) < numbers(ours) {
        let advice = format!(
            "programs may ask for what older engines lack. On the machine of the server: `{python} -m pip install \
             gears-engine=={ours}`, and restart it"
        );
        ("older than", advice)
    } else {
        ("newer than", format!("`cargo install redis-gears-cli --version {version}`"))
    }
}

/// Says what the engine does without packages of Python.
fn needed_for(lacks: &str) -> String {
    let consequences = [
        ("redis", "`cmd` works for functions alone whose requirements bring it"),
        (
            "cloudpickle",
            "scripts run again after a restart, and no function goes to other shards",
        ),
    ];
    let told: Vec<&str> = consequences
        .iter()
        .filter(|(package, _)| lacks.split(',').any(|lacked| lacked == *package))
        .map(|(_, what)| *what)
        .collect();
    told.join("; ")
}

/// Whether `FUNCTION LOAD`, `FCALL` and `EVAL` run Python too.
fn scripting(facts: &Facts, examination: &mut Examination<'_>) -> Result {
    match facts.get("rg_scripting_engine") {
        Some("on") => examination.ok("functions", "FCALL and EVAL run Python (#!python)"),
        Some("off") => examination.ok(
            "functions",
            "FCALL and EVAL run no Python; the module argument `ScriptingEngine yes` has them do so",
        ),
        Some("unsupported") => examination.ok(
            "functions",
            "FCALL and EVAL run no Python: this server has no API for that; Valkey has from 8.1 on",
        ),
        Some("refused") => examination.warn(
            "functions",
            "FCALL and EVAL run no Python: the server refuses the engine",
            "the server's log says why; a newer gears-engine may speak its version of the API",
        ),
        // An older engine.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart_with_the_command_that_makes_them_one() {
        let (is, advice) = compared("0.9.12", "0.10.0", "/srv/venv/bin/python3");
        assert_eq!(is, "older than");
        assert!(advice.contains("`/srv/venv/bin/python3 -m pip install gears-engine==0.10.0`"), "{advice}");
        let (is, advice) = compared("1.0.0", "0.10.0", "python3");
        assert_eq!(is, "newer than");
        assert!(advice.contains("redis-gears-cli --version 1.0.0"), "{advice}");
    }
}
