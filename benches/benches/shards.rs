//! What functions over three shards cost against the same over one server, with the same keys.
//!
//! All servers are on one machine, and the time of all their threads counts: what three shards do beyond the
//! work of one is the price of being three. Keys hold ten bytes; there are a million, or as many as
//! `GEARS_BENCH_KEYS` says. In each round one server and the cluster take turns; the ratios are medians.
//!
//! The aims, in times of the processor time of one server: 1.15 for `count()` of a pattern and for `map` with
//! `aggregate`, 1.3 for `countby` of a thousand groups, 3 for `groupby` of a hundred thousand keys, where every
//! record goes to the shard of its group. There, links are to carry at most 1.3 times the payload: the text of
//! the records that leave their shard. A client that sends `PING` to each shard meanwhile is to see 10 ms at
//! most in 99 of 100 cases. A run over no keys is to take 1.5 ms more than on one server at most. A million
//! records of 1 KB that are repartitioned, or as many as there are keys, are to take each shard 64 MB of memory at most.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use gears_benches::process::Process;
use gears_benches::{links, median, pings};
use gears_runtime::{Gears, Script, embedded::Server, redis};
use gears_tests::TestCluster;

const KEYS: u32 = 1_000_000;
const SHARDS: usize = 3;
const ROUNDS: usize = 5;
/// Runs over no keys, on either side.
const EMPTY: usize = 301;
/// How long a script may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How many bytes a record has that is to go to the shard of its group.
const MOVED: usize = 100;
/// How many bytes a record has of those that are to take little memory.
const LARGE: usize = 1024;

/// A function over all keys, and the sum of the numbers that it answers.
struct Run {
    name: &'static str,
    script: String,
    answer: u64,
    /// The aim, in times of one server.
    most: f64,
    /// The payload of what leaves its shard, if all of it does whose group is elsewhere.
    payload: Option<f64>,
}

/// One server, or the shards of a cluster, which hold the same keys.
struct Side {
    gears: Gears,
    clients: Vec<redis::Client>,
    processes: Vec<Process>,
}

/// What a run took.
#[derive(Clone, Copy)]
struct Took {
    processors: Duration,
    time: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let keys = match env::var("GEARS_BENCH_KEYS") {
        Ok(keys) => keys.parse()?,
        Err(_) => KEYS,
    };
    let server = Server::builder().tcp().start()?;
    let cluster = TestCluster::start();
    let one = Side::of(&[&server])?;
    let three = Side::of_cluster(&cluster)?;
    empty(&one, &three)?;
    fill(&server, &cluster, keys)?;
    println!(
        "\n{:<24} {:>8} {:>8} {:>6} {:>12} {:>5} {:>8} {:>8}  PING p99: one, shards",
        "", "CPU: one", "three", "times", "spread", "aim", "s: one", "three"
    );
    for run in runs(keys) {
        // What fails here may be the very thing that is measured: the others are measured all the same.
        if let Err(error) = measure(&run, &one, &three) {
            println!("{:<24} failed: {error}", run.name);
        }
    }
    drop(cluster);
    memory(keys)
}

fn runs(keys: u32) -> Vec<Run> {
    let groups = |count: u32| u64::from(count.min(keys));
    let leaves = |number: &u32| place_of(&key(*number)) != place_of(&group(*number));
    let moved = (0..keys).filter(leaves).count() as f64;
    vec![
        Run {
            name: "count() of a pattern",
            script: "GB().count().run('key:*')".to_owned(),
            answer: u64::from(keys),
            most: 1.15,
            payload: None,
        },
        Run {
            name: "map, aggregate",
            script: "GB().map(lambda x: len(x['value'])).aggregate(\
                     0, lambda a, r: a + r, lambda a, r: a + r).run('key:*')"
                .to_owned(),
            answer: 10 * u64::from(keys),
            most: 1.15,
            payload: None,
        },
        Run {
            name: "countby, 1,000 groups",
            script: "GB().countby(lambda x: x['key'][-3:]).map(lambda x: x['value']).run('key:*')"
                .to_owned(),
            answer: u64::from(keys),
            most: 1.3,
            payload: None,
        },
        Run {
            name: "groupby, 100,000 groups",
            script: format!(
                "GB().map(lambda x: x['value'].ljust({MOVED}))\
                 .groupby(lambda x: x[5:10], lambda k, a, r: 1).count().run('key:*')"
            ),
            answer: groups(100_000),
            most: 3.0,
            payload: Some(moved * MOVED as f64),
        },
    ]
}

impl Side {
    fn of(servers: &[&Server]) -> Result<Self, Box<dyn Error>> {
        let clients = servers
            .iter()
            .map(|server| redis::Client::open(server.url()));
        let pids = servers.iter().map(|server| server.pid().map(Process::new));
        Ok(Self {
            gears: Gears::connect(servers[0].url())?.with_execute_timeout(PATIENCE),
            clients: clients.collect::<Result<_, _>>()?,
            processes: pids
                .collect::<Option<_>>()
                .ok_or("the servers are our own")?,
        })
    }

    fn of_cluster(cluster: &TestCluster) -> Result<Self, Box<dyn Error>> {
        let shards: Vec<&Server> = (0..SHARDS).map(|place| cluster.server(place)).collect();
        Self::of(&shards)
    }

    /// Runs a script, and checks the sum of what it answers.
    fn run(&self, script: &str, answer: u64) -> Result<Took, Box<dyn Error>> {
        let script = Script::from_source(script.to_owned()).returning::<u64>();
        let before = self.processors()?;
        let started = Instant::now();
        let results = self.gears.execute(&script)?.into_result()?;
        let took = Took {
            time: started.elapsed(),
            processors: self.processors()? - before,
        };
        let sum: u64 = results.iter().sum();
        if sum != answer {
            return Err(format!("it answered {sum} instead of {answer}").into());
        }
        Ok(took)
    }

    /// How long all servers have run.
    fn processors(&self) -> Result<Duration, Box<dyn Error>> {
        self.processes.iter().map(|process| process.time()).sum()
    }
}

/// Runs over no keys, in turns: what asking the other shards takes.
fn empty(one: &Side, three: &Side) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::with_capacity(EMPTY);
    for _ in 0..EMPTY {
        let time = |side: &Side| side.run("GB().count().run()", 0).map(|took| took.time);
        rounds.push((time(one)?, time(three)?));
    }
    let of_one = median(rounds.iter().map(|(one, _)| *one));
    let of_three = median(rounds.iter().map(|(_, three)| *three));
    println!(
        "over no keys: {of_one:.2?} on one server, {of_three:.2?} on three, {:.2?} more (aim: 1.50ms)",
        of_three.saturating_sub(of_one)
    );
    Ok(())
}

fn key(number: u32) -> String {
    format!("key:{number:012}")
}

/// Returns the group of a key, which is the end of its value.
fn group(number: u32) -> String {
    format!("{:05}", number % 100_000)
}

/// Returns the shard that serves a key, as tests share out the slots.
fn place_of(key: &str) -> usize {
    let slot = crc16::State::<crc16::XMODEM>::calculate(key.as_bytes()) % 16384;
    let has = |place: &usize| TestCluster::first_slots(*place, SHARDS).contains(&slot.into());
    (0..SHARDS).find(has).unwrap_or_default()
}

/// Makes the keys, ten bytes each, on both sides.
fn fill(server: &Server, cluster: &TestCluster, keys: u32) -> Result<(), Box<dyn Error>> {
    const AT_ONCE: u32 = 10_000;
    let open = |url: &str| redis::Client::open(url)?.get_connection();
    let mut alone = open(server.url())?;
    let mut shards: Vec<_> = (0..SHARDS)
        .map(|place| open(cluster.server(place).url()))
        .collect::<Result<_, _>>()?;
    for start in (0..keys).step_by(AT_ONCE as usize) {
        let mut pipes: HashMap<Option<usize>, redis::Pipeline> = HashMap::new();
        for number in start..keys.min(start + AT_ONCE) {
            let key = key(number);
            for side in [None, Some(place_of(&key))] {
                let pipe = pipes.entry(side).or_insert_with(redis::pipe);
                let value = format!("value{}", group(number));
                pipe.cmd("SET").arg(&key).arg(value).ignore();
            }
        }
        for (side, pipe) in pipes {
            pipe.exec(side.map_or(&mut alone, |place| &mut shards[place]))?;
        }
    }
    Ok(())
}

/// Measures one function in turns, and prints a row.
fn measure(run: &Run, one: &Side, three: &Side) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    let mut carried = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let of_one = one.run(&run.script, run.answer)?;
        let before = links::sent_bytes(&three.clients)?;
        let of_three = three.run(&run.script, run.answer)?;
        carried.push(links::sent_bytes(&three.clients)? - before);
        rounds.push((of_one, of_three));
    }
    // For themselves: who asks without a pause costs as well.
    let (ran, ping_one) = pings::during(&one.clients, || one.run(&run.script, run.answer))?;
    ran?;
    let (ran, ping_three) = pings::during(&three.clients, || three.run(&run.script, run.answer))?;
    ran?;
    let seconds = |of: fn(&(Took, Took)) -> Duration| median(rounds.iter().map(of)).as_secs_f64();
    let times = || {
        let ratio = |(one, three): &(Took, Took)| {
            // Runs that are shorter than a step of the system's clock took one.
            let processors = |took: &Took| took.processors.max(Duration::from_millis(10));
            processors(three).as_secs_f64() / processors(one).as_secs_f64()
        };
        rounds.iter().map(ratio)
    };
    let slowest = |pings: &[pings::Times]| {
        let each = pings.iter().filter(|times| !times.is_empty());
        let each = each.map(|times| format!("{:.1?}", pings::percentile(times, 99)));
        each.collect::<Vec<_>>().join(" ")
    };
    println!(
        "{:<24} {:>8.2} {:>8.2} {:>6.2} {:>12} {:>5} {:>8.2} {:>8.2}  {}, {}",
        run.name,
        seconds(|round| round.0.processors),
        seconds(|round| round.1.processors),
        median(times()),
        format!(
            "{:.2} to {:.2}",
            times().fold(f64::INFINITY, f64::min),
            times().fold(0.0, f64::max)
        ),
        run.most,
        seconds(|round| round.0.time),
        seconds(|round| round.1.time),
        slowest(&ping_one),
        slowest(&ping_three),
    );
    if let Some(payload) = run.payload {
        let carried = median(carried.into_iter()) as f64;
        println!(
            "{:<24} {:.1} MB on links for {:.1} MB of payload: {:.2} times (aim: 1.3)",
            "",
            carried / 1e6,
            payload / 1e6,
            carried / payload
        );
    }
    Ok(())
}

/// Has large records go to other shards, and looks how much memory each shard takes for it.
fn memory(records: u32) -> Result<(), Box<dyn Error>> {
    // What other runs have freed would serve for these records too.
    let cluster = TestCluster::start();
    let three = Side::of_cluster(&cluster)?;
    let of_each = records / SHARDS as u32;
    let script = |of_each: u32| {
        format!(
            "def large():\n    \
                 for number in range({of_each}):\n        \
                     yield ('%d:' % number).ljust({LARGE}, 'x')\n\
             GB('PythonReader').repartition(lambda r: r[:r.index(':')])\
             .foreach(lambda r: None).count().run(large)"
        )
    };
    three.run(&script(100), 100 * SHARDS as u64)?;
    let mut idle = Vec::with_capacity(SHARDS);
    for process in &three.processes {
        process.forget_peak()?;
        idle.push(process.resident()?);
    }
    let ran = three.run(&script(of_each), u64::from(of_each) * SHARDS as u64);
    let above: Vec<String> = three
        .processes
        .iter()
        .zip(idle)
        .map(|(process, idle)| {
            let above = process.peak()?.saturating_sub(idle);
            Ok(format!("{:.0} MB", above as f64 / (1 << 20) as f64))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    println!(
        "{} records of {LARGE} bytes repartitioned: {} above idle (aim: 64 MB)",
        of_each * SHARDS as u32,
        above.join(", ")
    );
    let took = ran?;
    println!(
        "{:<24} {:.2} s, {:.2} s of processors",
        "",
        took.time.as_secs_f64(),
        took.processors.as_secs_f64()
    );
    Ok(())
}
