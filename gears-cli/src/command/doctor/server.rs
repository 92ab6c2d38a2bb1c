//! The server itself: what it is, and whether it is fit to serve.

use super::{examination::Examination, facts::Facts};
use crate::failure::Result;

/// The first version that the engine can be loaded into.
const OLDEST: (u64, u64) = (6, 2);

pub(super) fn examine(facts: &Facts, address: &str, examination: &mut Examination<'_>) -> Result {
    let Some((name, version)) = facts.server() else {
        let why = facts.refusal().unwrap_or("it does not tell its version");
        return examination.warn(
            "server",
            format!("{address} answers, and tells little: {why}"),
            format!("let this user ask: {}", examination.allow("+info")),
        );
    };
    let what = format!("{name} {version} at {address}");
    if name == "Redis" && number(version) < OLDEST {
        examination.fail("server", what, "gears-engine wants Redis 6.2 or Valkey 8, or later")?;
    } else {
        examination.ok("server", what)?;
    }
    if facts.get("loading").is_some_and(|loading| loading != "0") {
        examination.fail(
            "loading",
            "it still reads its data and answers nothing else",
            "wait, and ask again",
        )?;
    }
    replication(facts, examination)
}

fn replication(facts: &Facts, examination: &mut Examination<'_>) -> Result {
    if facts.get("role") != Some("slave") {
        return Ok(());
    }
    let primary = format!(
        "{}:{}",
        facts.get("master_host").unwrap_or("?"),
        facts.get("master_port").unwrap_or("?")
    );
    examination.warn(
        "replica",
        format!("it is a replica of {primary}, so functions cannot write and nothing is registered here"),
        "connect to the primary to register and to call what writes",
    )?;
    if facts.get("master_link_status") == Some("up") {
        return Ok(());
    }
    examination.fail(
        "replica",
        format!("it has lost its primary {primary}, or never had it"),
        "look at the network between the two and at `masterauth`; the server's log says more",
    )
}

/// Returns the first two parts of a version.
fn number(version: &str) -> (u64, u64) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
