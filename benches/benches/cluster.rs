//! What a cluster costs: calls on one of its nodes against those on a server that is alone,
//! registering a thousand gears on three shards, and what shards say to each other when nothing
//! happens.
//!
//! The aims: 1.02 of the time for a call in mode `sync` with `-P 16`, and less than 2 KB a second
//! between the engines of six primaries.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use gears_benches::{links, load::Load, median};
use gears_runtime::{Gears, Script, embedded::Server, register_all};
use gears_tests::TestCluster;

#[allow(missing_docs)]
mod gears {
    include!(concat!(env!("OUT_DIR"), "/gears.rs"));
}

const CLIENTS: u32 = 50;
const ROUNDS: usize = 15;

/// Name, commands that each client has under way, how many are sent in all.
const LOADS: [(&str, u32, u32); 4] = [
    ("sync", 1, 50_000),
    ("sync", 16, 250_000),
    ("async_local", 16, 80_000),
    ("async", 16, 20_000),
];

const REGISTERED: &str = "
for mode in 'sync', 'async_local', 'async':
    GB('CommandReader').map(lambda x: x[1]).register(trigger=mode, mode=mode)
";

/// How long an idle cluster is listened to.
const IDLE: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    calls()?;
    registering()?;
    idle()
}

/// Calls on a node of three against those on a server that is alone, in turns.
fn calls() -> Result<(), Box<dyn Error>> {
    let alone = Server::builder().tcp().start()?;
    Gears::connect(alone.url())?.execute(&Script::from_source(REGISTERED))?;
    let cluster = TestCluster::start();
    cluster.client(0).install(REGISTERED);
    let port = |server: &Server| server.port().ok_or("the server was asked for one");
    let alone = Load::try_new(port(&alone)?, CLIENTS).map(|load| (load, alone))?;
    let node = Load::try_new(port(cluster.server(0))?, CLIENTS)?;
    println!(
        "{:<12} {:>3} {:>10} {:>10} {:>6} {:>15}",
        "mode", "-P", "alone/s", "node/s", "time", "its spread"
    );
    for (mode, pipeline, requests) in LOADS {
        let command: &[&str] = &["RG.TRIGGER", mode, "hello"];
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            let first = round % 2 == 0;
            let early = if first { &alone.0 } else { &node };
            let late = if first { &node } else { &alone.0 };
            let (early, late) = (
                early.rate(pipeline, requests, command)?,
                late.rate(pipeline, requests, command)?,
            );
            rounds.push(if first { (early, late) } else { (late, early) });
        }
        let times = || rounds.iter().map(|(alone, node)| alone / node);
        println!(
            "{mode:<12} {pipeline:>3} {:>10.0} {:>10.0} {:>6.3} {:>6.2} to {:.2}",
            median(rounds.iter().map(|(alone, _)| *alone)),
            median(rounds.iter().map(|(_, node)| *node)),
            median(times()),
            times().fold(f64::INFINITY, f64::min),
            times().fold(0.0, f64::max),
        );
    }
    Ok(())
}

fn registering() -> Result<(), Box<dyn Error>> {
    let cluster = TestCluster::start();
    let gears = cluster.gears(0);
    for what in ["new", "unchanged"] {
        let started = Instant::now();
        let registered = register_all(&gears)?;
        println!(
            "{what:<12} {:>5} gears on three shards {:>8.0?}",
            registered.len(),
            started.elapsed()
        );
    }
    assert_eq!(gears::add_9(1)?, 10);
    Ok(())
}

/// What six primaries tell each other with nothing to do.
fn idle() -> Result<(), Box<dyn Error>> {
    let cluster = TestCluster::of(6);
    cluster.client(0).install(REGISTERED);
    let servers: Vec<_> = (0..6)
        .map(|place| cluster.gears(place).client().clone())
        .collect();
    let before = links::sent_bytes(&servers)?;
    thread::sleep(IDLE);
    let sent = links::sent_bytes(&servers)? - before;
    println!(
        "idle, six primaries: {:.0} bytes a second",
        sent as f64 / IDLE.as_secs_f64()
    );
    Ok(())
}
