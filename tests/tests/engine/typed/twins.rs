//! A twin of each gear that goes the long way.

use gears_runtime::data::SessionQuery;
use gears_tests::{Client, TestServer};

use super::gears::{CALLERS, RESULTS, SPINS, WORDS};

/// How the line begins that says by which types a gear converts.
const TYPES: &str = "_gear_call.gears_types = ";

/// Returns what the twin of a gear is called.
pub(super) fn long(trigger: &str) -> String {
    format!("long_{trigger}")
}

/// Registers all gears, and a twin of each: the same script, but for the line that says the types.
pub(super) fn twins(server: &TestServer) -> Client {
    let gears = server.register(&[WORDS, RESULTS, CALLERS, &[SPINS]].concat());
    let mut client = server.client();
    let sessions = gears.py_dump_sessions(&SessionQuery::new().source());
    for session in sessions.unwrap().sessions {
        let source = String::from_utf8(session.source.unwrap()).unwrap();
        let lines = source.lines().filter(|line| !line.starts_with(TYPES));
        let twin: Vec<_> = lines.collect();
        assert_eq!(twin.len() + 1, source.lines().count(), "{source}");
        // No line before the register's changes: tracebacks have their numbers.
        let twin = twin.join("\n").replace("trigger='", "trigger='long_");
        client.install(&twin);
    }
    client
}
