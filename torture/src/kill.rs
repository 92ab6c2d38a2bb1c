//! `kill -9` under load: what was acknowledged is there again, as far as the way of saving promises.

use std::io::{Error, Result};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::client::{Client, Value, encode_text};
use crate::report::Report;
use crate::server::{Plan, Server};

struct Way {
    name: &'static str,
    options: &'static [&'static str],
    /// How old an acknowledged write must be to be promised; nothing where only `SAVE` promises.
    promise: Option<Duration>,
    /// How long a server is written to, in milliseconds.
    life: (u64, u64),
    /// How many servers are killed in turn.
    lanes: u64,
}

const WAYS: [Way; 3] = [
    Way {
        name: "cycles with appendfsync always",
        options: &["--appendonly", "yes", "--appendfsync", "always"],
        promise: Some(Duration::ZERO),
        life: (20, 500),
        lanes: 2,
    },
    Way {
        name: "cycles with appendfsync everysec",
        options: &["--appendonly", "yes", "--appendfsync", "everysec"],
        // The server puts a write off for at most two seconds while an fsync takes long.
        promise: Some(Duration::from_secs(2)),
        life: (2_100, 3_000),
        lanes: 5,
    },
    Way {
        name: "cycles with SAVE",
        options: &[],
        promise: None,
        life: (20, 500),
        lanes: 2,
    },
];

/// Keys and functions are written again and again, so that servers do not grow and all can be looked at.
const KEYS: u64 = 2_000;
const FUNCTIONS: u64 = 16;
/// One write in this many is a registration.
const SELDOM: u64 = 61;
/// How many writes are on their way at once.
const TOGETHER: u64 = 16;

const PUT: &str = "GB('CommandReader').foreach(lambda r: execute('SET', r[1], r[2])).register(trigger='put', mode='sync')";

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    for way in &WAYS {
        // Without a lower bound, rewrites would not come in such short lives.
        let plan = plan
            .with(way.options)
            .with(&["--auto-aof-rewrite-min-size", "300kb"]);
        let until = Instant::now() + time / 3;
        let ends = thread::scope(|scope| {
            let lanes: Vec<_> = (0..way.lanes)
                .map(|lane| {
                    let plan = &plan;
                    scope.spawn(move || Lane::new(plan, way, seed + lane)?.cycles(until))
                })
                .collect();
            let join = |lane: thread::ScopedJoinHandle<'_, _>| lane.join().ok();
            lanes.into_iter().filter_map(join).collect::<Vec<_>>()
        });
        for end in ends {
            let (cycles, fault) = end?;
            report.count(way.name, cycles);
            if let Some(fault) = fault {
                report.find(&format!("{fault}, {} (seed {seed})", way.name));
            }
        }
    }
    Ok(())
}

/// A folder in which one server after the other lives.
struct Lane<'a> {
    plan: &'a Plan,
    way: &'a Way,
    folder: TempDir,
    random: Rng,
    /// The last write that was sent; each has a number, and is the number.
    sent: u64,
    /// What was acknowledged by the server that runs.
    acknowledged: Vec<(u64, Instant)>,
    /// For each place, the oldest write that may be there.
    least: Vec<u64>,
}

impl<'a> Lane<'a> {
    fn new(plan: &'a Plan, way: &'a Way, seed: u64) -> Result<Self> {
        Ok(Self {
            plan,
            way,
            folder: tempfile::tempdir()?,
            random: Rng::with_seed(seed),
            sent: 0,
            acknowledged: Vec::new(),
            least: vec![0; usize::try_from(KEYS + FUNCTIONS).unwrap_or_default()],
        })
    }

    /// Returns how many cycles there were, and what was wrong with the last.
    fn cycles(mut self, until: Instant) -> Result<(u64, Option<String>)> {
        let mut server = Server::start(self.plan, self.folder.path())?;
        server.client()?.must(&["RG.PYEXECUTE", PUT])?;
        let mut cycles = 0;
        while Instant::now() < until {
            self.write(&server)?;
            server.kill();
            server = match Server::start(self.plan, self.folder.path()) {
                Ok(server) => server,
                Err(error) => return Ok((cycles, Some(error.to_string()))),
            };
            if let Some(fault) = self.check(&mut server.client()?)? {
                return Ok((cycles, Some(fault)));
            }
            cycles += 1;
        }
        Ok((cycles, None))
    }

    /// Writes until it is time to kill the server, and then some more.
    fn write(&mut self, server: &Server) -> Result<()> {
        let mut client = server.client()?;
        let (least, most) = self.way.life;
        let start = Instant::now();
        let end = start + Duration::from_millis(self.random.u64(least..most));
        let save = start + (end - start).mul_f64(self.random.f64());
        let mut saved = false;
        self.acknowledged.clear();
        while Instant::now() < end || (!saved && self.way.promise.is_none()) {
            self.send(&mut client)?;
            for number in self.sent + 1 - TOGETHER..=self.sent {
                if let Value::Error(error) = client.read()? {
                    return Err(Error::other(format!("write {number}: {error}")));
                }
                self.acknowledged.push((number, Instant::now()));
            }
            if !saved && Instant::now() >= save {
                saved = true;
                if self.way.promise.is_none() {
                    client.must(&["SAVE"])?;
                    self.promise(Duration::ZERO);
                } else if self.random.bool() {
                    // Refused while another one runs.
                    client.text(&["BGREWRITEAOF"])?;
                }
            }
            if self.way.lanes > 2 {
                // Seconds of writes at full speed would take long to load.
                thread::sleep(Duration::from_millis(4));
            }
        }
        if self.way.promise.is_none() && self.random.bool() {
            client.text(&["BGSAVE"])?;
        }
        // These are in hand when the server ends, and may be there or not.
        self.send(&mut client)?;
        if let Some(age) = self.way.promise {
            self.promise(age);
        }
        thread::sleep(Duration::from_micros(self.random.u64(..2_000)));
        Ok(())
    }

    fn send(&mut self, client: &mut Client) -> Result<()> {
        let numbers = self.sent + 1..=self.sent + TOGETHER;
        let bytes: Vec<u8> = numbers.flat_map(command).collect();
        self.sent += TOGETHER;
        client.send(&bytes)
    }

    /// What was acknowledged so long ago may no longer be lost.
    fn promise(&mut self, age: Duration) {
        for (number, at) in &self.acknowledged {
            if at.elapsed() >= age {
                self.least[place(*number)] = *number;
            }
        }
    }

    /// Looks at all places. What is there has been read from a file, and so has to stay.
    fn check(&mut self, client: &mut Client) -> Result<Option<String>> {
        let keys = usize::try_from(KEYS).unwrap_or_default();
        let all: Vec<u8> = (0..self.least.len())
            .flat_map(|place| match place.checked_sub(keys) {
                None => encode_text(&["GET", &format!("kept{place}")]),
                Some(function) => encode_text(&["RG.TRIGGER", &format!("kept{function}")]),
            })
            .collect();
        client.send(&all)?;
        for at in 0..self.least.len() {
            let reply = client.read()?;
            let text = reply.elements().first().unwrap_or(&reply).as_text();
            let found = text.and_then(|text| text.parse().ok()).unwrap_or(0);
            let least = self.least[at];
            if found < least || found > self.sent || (found > 0 && place(found) != at) {
                return Ok(Some(format!(
                    "place {at} holds {found} ({reply:?}) and not {least} or later"
                )));
            }
            self.least[at] = found;
        }
        Ok(None)
    }
}

/// Where a write goes.
fn place(number: u64) -> usize {
    let place = if number.is_multiple_of(SELDOM) {
        KEYS + number / SELDOM % FUNCTIONS
    } else {
        number % KEYS
    };
    usize::try_from(place).unwrap_or_default()
}

fn command(number: u64) -> Vec<u8> {
    let text = number.to_string();
    if number.is_multiple_of(SELDOM) {
        let name = format!("kept{}", number / SELDOM % FUNCTIONS);
        let code = format!(
            "GB('CommandReader').map(lambda r: {number}).register(trigger={name:?}, mode='sync')"
        );
        return encode_text(&["RG.PYEXECUTE", &code, "ID", &name, "UPGRADE"]);
    }
    let key = format!("kept{}", number % KEYS);
    if number.is_multiple_of(3) {
        encode_text(&["RG.TRIGGER", "put", &key, &text])
    } else {
        encode_text(&["SET", &key, &text])
    }
}
