//! Runs over a million keys: how fast, and what other clients notice.
//!
//! A private server holds a million strings. In each round take turns: `FCALL`
//! of a function in Lua that reads a key, by fifty clients that pipeline 16
//! calls each, for keys drawn from the same million and for one key alone; and
//! batch runs. The aims, in records per second to calls per second: 4.0 for
//! `count()`, 1.9 for a `map` in Python and a sum. During the runs another
//! client sends `PING` without a pause; the aim is a 99th percentile below
//! 10 ms.

use std::error::Error;
use std::time::Instant;

use gears_benches::{load::Load, lua, median, pings};
use gears_runtime::{Gears, Script, embedded::Server, redis};

const KEYS: u32 = 1_000_000;
const ROUNDS: usize = 7;
const CLIENTS: u32 = 50;
const PIPELINE: u32 = 16;
const REQUESTS: u32 = 500_000;

const LUA: &str = "#!lua name=get
redis.register_function('get', function(keys, args) return redis.call('GET', keys[1]) end)
";

/// What is measured of a round.
#[derive(Default)]
struct Round {
    same_keys: f64,
    one_key: f64,
    runs: [f64; RUNS.len()],
    /// The times of the `PING`s during each run.
    pings: [pings::Times; RUNS.len()],
}

/// A batch run over all keys, and what it answers.
struct Run {
    name: &'static str,
    script: &'static str,
    answer: u64,
}

const RUNS: [Run; 3] = [
    Run {
        name: "count()",
        script: "GB().count().run()",
        answer: KEYS as u64,
    },
    Run {
        name: "count() of a pattern",
        script: "GB().count().run('key:*')",
        answer: KEYS as u64,
    },
    Run {
        name: "map, aggregate",
        script: "GB().map(lambda x: len(x['value'])).aggregate(\
                 0, lambda a, r: a + r, lambda a, r: a + r).run()",
        answer: 10 * KEYS as u64,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = Server::builder().tcp().start()?;
    let port = server.port().expect("the server was asked for one");
    let gears = Gears::connect(server.url())?;
    fill(&gears)?;

    let one_key = Load::try_new(port, CLIENTS)?;
    let same_keys = one_key.clone().over_keys(KEYS);
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let mut round = Round {
            same_keys: same_keys.rate(
                PIPELINE,
                REQUESTS,
                &["FCALL", "get", "1", "key:__rand_int__"],
            )?,
            one_key: one_key.rate(
                PIPELINE,
                REQUESTS,
                &["FCALL", "get", "1", "key:000000000005"],
            )?,
            ..Round::default()
        };
        for (index, run) in RUNS.iter().enumerate() {
            let (rate, pings) = time(&gears, run)?;
            round.runs[index] = rate;
            round.pings[index] = pings;
        }
        rounds.push(round);
    }
    report(&rounds);
    Ok(())
}

/// Makes the keys, ten bytes each, and the function in Lua.
fn fill(gears: &Gears) -> Result<(), Box<dyn Error>> {
    const AT_ONCE: u32 = 10_000;
    let mut connection = gears.client().get_connection()?;
    for start in (0..KEYS).step_by(AT_ONCE as usize) {
        let mut pipe = redis::pipe();
        for key in start..start + AT_ONCE {
            pipe.cmd("SET")
                .arg(format!("key:{key:012}"))
                .arg(format!("value{:05}", key % 100_000))
                .ignore();
        }
        pipe.exec(&mut connection)?;
    }
    lua::load(&mut connection, LUA)?;
    Ok(())
}

/// Runs over all keys, and returns the records of a second and the times of
/// the `PING`s in between.
fn time(gears: &Gears, run: &Run) -> Result<(f64, pings::Times), Box<dyn Error>> {
    let script = Script::from_source(run.script);
    let client = gears.client().clone();
    let (ran, mut pings) = pings::during(&[client], || {
        let started = Instant::now();
        gears
            .execute(&script)
            .map(|executed| (executed, started.elapsed()))
    })?;
    let (executed, took) = ran?;
    let answer: u64 = redis::from_redis_value_ref(&executed.results()[0])?;
    assert_eq!(answer, run.answer, "{}", run.name);
    let rate = f64::from(KEYS) / took.as_secs_f64();
    Ok((rate, pings.pop().unwrap_or_default()))
}

fn report(rounds: &[Round]) {
    println!(
        "FCALL of GET: {:.0} calls/s over the same keys, {:.0} of one key",
        median(rounds.iter().map(|round| round.same_keys)),
        median(rounds.iter().map(|round| round.one_key)),
    );
    println!(
        "{:<21} {:>11} {:>10} {:>8} {:>8} {:>8}",
        "run", "records/s", "same keys", "one key", "p99 PING", "longest"
    );
    for (index, run) in RUNS.iter().enumerate() {
        let mut pings: Vec<_> = rounds
            .iter()
            .flat_map(|round| &round.pings[index])
            .collect();
        pings.sort();
        let share = |part: f64| {
            let place = (pings.len().saturating_sub(1) as f64 * part) as usize;
            pings
                .get(place)
                .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
        };
        println!(
            "{:<21} {:>11.0} {:>10.2} {:>8.2} {:>5.2} ms {:>5.2} ms",
            run.name,
            median(rounds.iter().map(|round| round.runs[index])),
            median(
                rounds
                    .iter()
                    .map(|round| round.runs[index] / round.same_keys)
            ),
            median(rounds.iter().map(|round| round.runs[index] / round.one_key)),
            share(0.99),
            share(1.0),
        );
    }
}
