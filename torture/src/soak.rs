//! Many calls of each kind, and what of the memory does not come back.

use std::io::Result;
use std::time::{Duration, Instant};

use crate::client::{Value, encode};
use crate::report::Report;
use crate::server::{Plan, Server};

/// A kind of call: its name, what registers it, and the command.
const CALLS: [(&str, &str, &[&str]); 6] = [
    (
        "sync",
        "GB('CommandReader').map(lambda r: r).register(trigger='t', mode='sync')",
        &["RG.TRIGGER", "t", "word"],
    ),
    (
        "async_local",
        "GB('CommandReader').map(lambda r: r).register(trigger='t', mode='async_local')",
        &["RG.TRIGGER", "t", "word"],
    ),
    (
        "coroutine",
        "async def f(r):\n    return r\nGB('CommandReader').map(f).register(trigger='t', mode='async_local')",
        &["RG.TRIGGER", "t", "word"],
    ),
    (
        "event",
        "GB('KeysReader').foreach(lambda r: r).register(prefix='k*', mode='sync')",
        &["SET", "k", "v"],
    ),
    (
        "script",
        "GB('CommandReader').map(lambda r: r).register(trigger='unused', mode='sync')",
        &["RG.PYEXECUTE", "execute('PING')"],
    ),
    (
        "failure",
        "GB('CommandReader').map(lambda r: 1 / 0).register(trigger='t', mode='sync')",
        &["RG.TRIGGER", "t"],
    ),
];

/// What is noise: less than this for each call.
const NOISE: f64 = 64.0;

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    for (name, code, command) in CALLS {
        let folder = tempfile::tempdir()?;
        let server = Server::start(plan, folder.path())?;
        let mut client = server.client()?;
        if let Value::Error(error) = client.text(&["RG.PYEXECUTE", code])? {
            return Err(std::io::Error::other(error));
        }
        let words: Vec<&[u8]> = command.iter().map(|word| word.as_bytes()).collect();
        let command = encode(&words);
        // The first quarter fills caches and the list of executions. A leak grows in each of the others.
        let mut growth = Vec::new();
        for _ in 0..4 {
            let before = server.resident().unwrap_or_default();
            let until = Instant::now() + time / (4 * CALLS.len() as u32);
            let mut calls = 0_u32;
            while Instant::now() < until || calls < 2_000 {
                client.send(&command.repeat(50))?;
                for _ in 0..50 {
                    client.read()?;
                }
                calls += 50;
            }
            let after = server.resident().unwrap_or_default();
            growth.push((after as f64 - before as f64) * 1024.0 / f64::from(calls));
            report.count(&format!("{name} calls"), calls.into());
        }
        let least = growth[1..].iter().copied().fold(f64::INFINITY, f64::min);
        println!(
            "soak: {name}: {:.1} bytes for each call, {:.1} at the end",
            least, growth[3]
        );
        if least > NOISE {
            report.find(&format!(
                "{name} keeps {least:.0} bytes for each call (seed {seed})"
            ));
        }
    }
    Ok(())
}
