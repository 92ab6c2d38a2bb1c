//! Two builds of the engine against each other: the one in `GEARS_ENGINE_BEFORE`, and the
//! one that all benchmarks take.
//!
//! A private server each, fifty clients; rounds in which both take turns. What changes
//! nothing that users see shall cost nothing: 0.97 of the earlier rate at least. And who calls a
//! function on a worker while others send pipelines of sync calls shall wait no longer: 99 % of
//! such calls within 1.2 times what they took.

use std::error::Error;
use std::time::Instant;

use gears_benches::{load::Load, median, pings};
use gears_runtime::{Gears, Script, embedded::Server, redis};

const CLIENTS: u32 = 50;
const ROUNDS: usize = 15;
const KEYS: u32 = 200_000;

/// Name, commands that each client has under way, how many are sent in all, the command.
const LOADS: [(&str, u32, u32, &[&str]); 6] = [
    ("sync", 1, 50_000, &["RG.TRIGGER", "sync", "hello"]),
    ("sync", 16, 250_000, &["RG.TRIGGER", "sync", "hello"]),
    ("sync, GET", 16, 150_000, &["RG.TRIGGER", "get", "key"]),
    ("async_local", 1, 25_000, &["RG.TRIGGER", "worker", "hello"]),
    (
        "async_local",
        16,
        80_000,
        &["RG.TRIGGER", "worker", "hello"],
    ),
    ("PING", 16, 500_000, &["PING"]),
];

const REGISTERED: &str = "
GB('CommandReader').map(lambda x: x[1]).register(trigger='sync', mode='sync')
GB('CommandReader').map(lambda x: x[1]).register(trigger='worker', mode='async_local')
GB('CommandReader').map(lambda x: execute('GET', x[1])).register(trigger='get', mode='sync')
";

/// Functions that run once over all keys.
const RUNS: [(&str, &str); 2] = [
    ("count", "GB().count().run('key:*')"),
    (
        "map, aggregate",
        "GB().map(lambda r: len(r['value'])).aggregate(0, lambda a, r: a + r, lambda a, r: a + r).run('key:*')",
    ),
];

/// A server with one of the engines.
struct Side {
    gears: Gears,
    load: Load,
    // Ends when nobody asks it any more.
    _server: Server,
}

impl Side {
    fn start(server: gears_runtime::embedded::Builder) -> Result<Self, Box<dyn Error>> {
        let server = server.tcp().start()?;
        let load = Load::try_new(server.port().expect("it was asked for one"), CLIENTS)?;
        let gears = Gears::connect(server.url())?;
        gears.execute(&Script::from_source(REGISTERED))?;
        let mut connection = gears.client().get_connection()?;
        redis::cmd("SET")
            .arg("key")
            .arg("value")
            .exec(&mut connection)?;
        let mut pipe = redis::pipe();
        for key in 0..KEYS {
            pipe.set(format!("key:{key}"), "0123456789").ignore();
        }
        pipe.exec(&mut connection)?;
        Ok(Self {
            gears,
            load,
            _server: server,
        })
    }

    /// Measures within how many milliseconds so many of a hundred calls of a function on a worker
    /// end, while others call a sync one.
    fn waits(&self, percent: usize) -> Result<f64, Box<dyn Error>> {
        let mut call = redis::cmd("RG.TRIGGER");
        call.arg("worker").arg("hello");
        let load = || {
            self.load
                .rate(16, 250_000, &["RG.TRIGGER", "sync", "hello"])
        };
        let (rate, times) = pings::beside(&call, &[self.gears.client().clone()], load)?;
        rate?;
        Ok(pings::percentile(&times[0], percent).as_secs_f64() * 1e3)
    }

    /// Measures how often a second a function could run.
    fn run(&self, script: &'static str) -> Result<f64, Box<dyn Error>> {
        let began = Instant::now();
        self.gears.execute(&Script::from_source(script))?;
        Ok(began.elapsed().as_secs_f64().recip())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let Some(earlier) = std::env::var_os("GEARS_ENGINE_BEFORE") else {
        println!("GEARS_ENGINE_BEFORE names no engine: there is nothing to compare with");
        return Ok(());
    };
    let before = Side::start(Server::builder().engine(earlier))?;
    let now = Side::start(Server::builder())?;
    println!(
        "{:<16} {:>3} {:>11} {:>11} {:>6} {:>15}",
        "function", "-P", "before/s", "now/s", "ratio", "its spread"
    );
    for (name, pipeline, requests, command) in LOADS {
        let measure = |side: &Side| side.load.rate(pipeline, requests, command);
        report(name, &pipeline.to_string(), &before, &now, measure)?;
    }
    for (name, script) in RUNS {
        report(name, "", &before, &now, |side| side.run(script))?;
    }
    println!("\nmilliseconds of a call on a worker beside sync calls, -P 16");
    for percent in [50, 99] {
        let name = format!("{percent} % within");
        report(&name, "", &before, &now, |side| side.waits(percent))?;
    }
    Ok(())
}

fn report(
    name: &str,
    pipeline: &str,
    before: &Side,
    now: &Side,
    measure: impl Fn(&Side) -> Result<f64, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        // Each comes first in turns.
        rounds.push(if round % 2 == 0 {
            let earlier = measure(before)?;
            (earlier, measure(now)?)
        } else {
            let later = measure(now)?;
            (measure(before)?, later)
        });
    }
    let ratios = || rounds.iter().map(|(before, now)| now / before);
    println!(
        "{name:<16} {pipeline:>3} {:>11.1} {:>11.1} {:>6.3} {:>6.2} to {:.2}",
        median(rounds.iter().map(|(before, _)| *before)),
        median(rounds.iter().map(|(_, now)| *now)),
        median(ratios()),
        ratios().fold(f64::INFINITY, f64::min),
        ratios().fold(0.0, f64::max),
    );
    Ok(())
}
