//! A million triggers: how much memory the server keeps of them.
//!
//! The aim is that the resident memory grows by less than 2 MB after the first
//! hundred thousand, for a function on the main thread and for one on a worker.

use std::error::Error;

use gears_benches::process::Process;
use gears_runtime::{Gears, Script, embedded::Server, redis};

const TRIGGERS: usize = 1_000_000;
const FIRST: usize = 100_000;
/// How many are on their way at once.
const AT_ONCE: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    for mode in ["sync", "async_local"] {
        let server = Server::start()?;
        let gears = Gears::connect(server.url())?;
        gears.execute(&Script::from_source(format!(
            "GB('CommandReader').map(lambda x: x[1]).register(trigger='identity', mode='{mode}')"
        )))?;
        let process = Process::new(server.pid().expect("the server is our own"));
        let mut connection = gears.client().get_connection()?;
        trigger(&mut connection, FIRST)?;
        let before = process.resident()?;
        trigger(&mut connection, TRIGGERS - FIRST)?;
        let after = process.resident()?;
        println!(
            "{mode:<12} {:.2} MB after the first {FIRST}, {:+.2} MB after {TRIGGERS}",
            before as f64 / 1e6,
            (after as f64 - before as f64) / 1e6,
        );
    }
    Ok(())
}

fn trigger(connection: &mut redis::Connection, count: usize) -> Result<(), Box<dyn Error>> {
    let mut pipe = redis::pipe();
    for _ in 0..AT_ONCE {
        pipe.cmd("RG.TRIGGER").arg("identity").arg("hello").ignore();
    }
    for _ in 0..count / AT_ONCE {
        pipe.exec(connection)?;
    }
    Ok(())
}
