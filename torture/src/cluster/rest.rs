//! What is left of runs when all is well again: nothing.

use std::io::Result;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{DEADLINE, Value};

use super::job::{End, JOBS};
use super::shards::{SHARDS, Shards};

/// Waits until the cluster is in order, each shard runs what is asked of it, and nothing is left of what
/// was asked before; says what still is not so in the end.
pub(super) fn find_rest(shards: &mut Shards) -> Result<Option<String>> {
    let until = Instant::now() + DEADLINE;
    loop {
        let Some(rest) = rest(shards).unwrap_or_else(|error| Some(error.to_string())) else {
            return Ok(None);
        };
        if let Some(fault) = shards.fault() {
            return Ok(Some(fault));
        }
        if Instant::now() >= until {
            for node in 0..shards.count() {
                eprintln!("node {node}: {}", state(shards, node));
            }
            return Ok(Some(format!("all should be well again, but {rest}")));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn rest(shards: &Shards) -> Result<Option<String>> {
    for node in 0..shards.count() {
        if !shards.is_fine(node) {
            return Ok(Some(format!(
                "node {node} does not see the cluster in order"
            )));
        }
        if let Some(rest) = rest_on(shards, node)? {
            return Ok(Some(format!("node {node} has {rest}")));
        }
    }
    for shard in 0..SHARDS {
        for job in &JOBS {
            let node = shards.primary(shard);
            let answer = shards.text(node, &["RG.PYEXECUTE", job.script])?;
            if job.judge(&answer) != End::Right {
                return Ok(Some(format!(
                    "{} from node {node} are {answer:.500?}",
                    job.name
                )));
            }
        }
    }
    Ok(None)
}

/// All that a node says of runs, for a report.
fn state(shards: &Shards, node: usize) -> String {
    let info = |section| shards.info(node, section).unwrap_or_default();
    let listed = shards.text(node, &["RG.DUMPEXECUTIONS"]);
    format!("{}{}{listed:?}", info("rg_cluster"), info("rg_executions"))
}

/// What is left on one node. What has ended is dropped, on all of them.
fn rest_on(shards: &Shards, node: usize) -> Result<Option<String>> {
    let figures = [
        ("rg_cluster", "rg_runs"),
        ("rg_executions", "rg_executions_created"),
        ("rg_executions", "rg_executions_running"),
        ("rg_executions", "rg_executions_waiting"),
        ("rg_executions", "rg_workers_busy"),
        ("rg_executions", "rg_workers_lost"),
    ];
    for (section, name) in figures {
        let info = shards.info(node, section)?;
        let value = info
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        if value != Some("0") {
            return Ok(Some(format!("{name}: {value:?}")));
        }
    }
    let listed = shards.must(node, &["RG.DUMPEXECUTIONS"])?;
    let mut left = None;
    for row in listed.elements() {
        let field = |name: &str| {
            let mut pairs = row.elements().chunks(2);
            pairs.find_map(|pair| {
                (pair[0].as_text().as_deref() == Some(name)).then(|| pair[1].clone())
            })
        };
        let status = field("status")
            .and_then(|status| status.as_text())
            .unwrap_or_default();
        if !matches!(status.as_str(), "done" | "aborted") {
            return Ok(Some(format!("an execution that has not ended: {row:?}")));
        }
        // The last ones of registrations stay.
        if field("registered") == Some(Value::Integer(0))
            && let Some(id) = field("executionId").and_then(|id| id.as_text())
        {
            shards.text(node, &["RG.DROPEXECUTION", &id])?;
            left = Some(format!("an execution that was not dropped before: {row:?}"));
        }
    }
    Ok(left)
}
