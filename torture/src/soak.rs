//! Many calls of each kind, and what of the memory does not come back.

use std::io::Result;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, DEADLINE, Value, encode_text};
use crate::report::Report;
use crate::server::{Plan, Server};

/// A kind of call: its name, what registers it, and the command.
const CALLS: [(&str, &str, &[&str]); 17] = [
    (
        "sync",
        "GB('CommandReader').map(lambda r: r).register(trigger='t', mode='sync')",
        TRIGGER,
    ),
    (
        "async",
        "GB('CommandReader').map(lambda r: r).register(trigger='t', mode='async')",
        TRIGGER,
    ),
    (
        "async_local",
        "GB('CommandReader').map(lambda r: r).register(trigger='t', mode='async_local')",
        TRIGGER,
    ),
    (
        "coroutine",
        "async def f(r):\n    return r\nGB('CommandReader').map(f).register(trigger='t', mode='async_local')",
        TRIGGER,
    ),
    (
        "future",
        "import threading\ndef f(r):\n    future = gearsFuture()\n    \
         threading.Thread(target=future.continueRun, args=(r,)).start()\n    return future\n\
         GB('CommandReader').map(f).register(trigger='t', mode='async_local')",
        TRIGGER,
    ),
    (
        "execute",
        "GB('CommandReader').map(lambda r: execute('SET', 'k', 'v')).register(trigger='t', mode='sync')",
        TRIGGER,
    ),
    (
        "atomic",
        "def f(r):\n    with atomic(): execute('SET', 'k', 'v')\n    return 1\n\
         GB('CommandReader').map(f).register(trigger='t', mode='async_local')",
        TRIGGER,
    ),
    (
        "event",
        "GB('KeysReader').foreach(lambda r: r).register(prefix='k*', mode='sync')",
        &["SET", "k", "v"],
    ),
    (
        "async event",
        "GB('KeysReader').foreach(lambda r: r).register(prefix='k*', mode='async_local')",
        &["SET", "k", "v"],
    ),
    (
        "stream",
        "GB('StreamReader').foreach(lambda r: r).register(prefix='s*', mode='async_local', batch=10)",
        &["XADD", "s", "*", "k", "v"],
    ),
    (
        "hook",
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='get', mode='sync')",
        &["GET", "k"],
    ),
    (
        "async hook",
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='get', mode='async_local')",
        &["GET", "k"],
    ),
    ("script", "1", &["RG.PYEXECUTE", "execute('PING')"]),
    (
        "run",
        "execute('SET', 'k', 'v')",
        &["RG.PYEXECUTE", "GB('KeysReader').map(lambda r: r).run('k')"],
    ),
    (
        "failure",
        "GB('CommandReader').map(lambda r: 1 / 0).register(trigger='t', mode='sync')",
        TRIGGER,
    ),
    // It takes the place of the one before.
    (
        "registration",
        "1",
        &[
            "RG.PYEXECUTE",
            "GB('CommandReader').map(lambda r: r).register(trigger='t')",
            "ID",
            "session",
            "UPGRADE",
        ],
    ),
    // It ends when its time has come and its key is gone.
    (
        TIMER,
        "1",
        &[
            "RG.PYEXECUTE",
            "registerTE(1, lambda: 1, 'k')\nexecute('DEL', 'k')",
        ],
    ),
];

const TIMER: &str = "timer";

const TRIGGER: &[&str] = &["RG.TRIGGER", "t", "word"];

const TOGETHER: usize = 50;

/// What is noise: so many bytes for each call. Nothing is kept for a call: memory is taken from the system, by
/// Python and by the server, in pieces of up to a mebibyte, and given back late.
const NOISE: f64 = 16.0;
/// So many bytes in a part of the run are noise too: one piece that Python, the server and the system each take.
const PIECES: f64 = 3_000_000.0;
/// The parts of a run; the first fills caches and lists.
const PARTS: u32 = 4;
/// How many parts a run has that has grown in each of those. On a machine that is busy, workers come late, and what waits
/// for them may be more from part to part; but what is kept grows for as long as calls come.
const MOST_PARTS: u32 = 16;

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    for (name, code, command) in CALLS {
        let folder = tempfile::tempdir()?;
        let server = Server::start(plan, folder.path())?;
        let mut client = server.client()?;
        client.must(&["RG.PYEXECUTE", code])?;
        let command = encode_text(command).repeat(TOGETHER);
        let mut before = Memory::of(&server, &mut client)?;
        let mut least = Least::default();
        for part in 0..MOST_PARTS {
            if part >= PARTS && least.kept().next().is_none() {
                break;
            }
            let until = Instant::now() + time / (PARTS * CALLS.len() as u32);
            let mut calls = 0_u32;
            while Instant::now() < until || calls < 1_000 {
                client.send(&command)?;
                for _ in 0..TOGETHER {
                    let reply = client.read()?;
                    if matches!(&reply, Value::Error(_)) && name != "failure" {
                        report.find(&format!("{name}: {reply:?}"));
                        return Ok(());
                    }
                }
                calls += TOGETHER as u32;
            }
            if name == TIMER {
                thread::sleep(Duration::from_millis(1_500));
            }
            let after = Memory::of(&server, &mut client)?;
            if part > 0 {
                least.add(after.growth(&before), calls);
            }
            before = after;
            report.count(&format!("{name} calls"), calls.into());
        }
        let [resident, python, used] = least.for_each_call;
        println!(
            "soak: {name}: {:.1} bytes of the process for each call, {:.1} of Python, {:.1} of the server",
            resident.max(0.0),
            python.max(0.0),
            used.max(0.0)
        );
        for (what, bytes) in least.kept() {
            report.find(&format!(
                "{name}: {what} keeps {bytes:.0} bytes for each call (seed {seed})"
            ));
        }
    }
    Ok(())
}

/// By how much memory grew in the part in which it grew least: a leak grows in each of them.
struct Least {
    for_each_call: [f64; 3],
    in_all: [f64; 3],
}

impl Default for Least {
    fn default() -> Self {
        Self {
            for_each_call: [f64::INFINITY; 3],
            in_all: [f64::INFINITY; 3],
        }
    }
}

impl Least {
    fn add(&mut self, growth: [f64; 3], calls: u32) {
        for (at, growth) in growth.into_iter().enumerate() {
            self.for_each_call[at] = self.for_each_call[at].min(growth / f64::from(calls));
            self.in_all[at] = self.in_all[at].min(growth);
        }
    }

    /// Who keeps something, and how many bytes for each call.
    fn kept(&self) -> impl Iterator<Item = (&'static str, f64)> {
        ["the process", "Python", "the server"]
            .into_iter()
            .zip(self.for_each_call)
            .zip(self.in_all)
            .filter(|((_, bytes), grown)| *bytes > NOISE && *grown > PIECES)
            .map(|(kept, _)| kept)
    }
}

/// Bytes that are in use.
struct Memory {
    resident: u64,
    python: u64,
    used: u64,
}

impl Memory {
    /// Measures when all work is done.
    fn of(server: &Server, client: &mut Client) -> Result<Self> {
        let until = Instant::now() + DEADLINE;
        loop {
            let info = client
                .must(&["INFO", "everything"])?
                .as_text()
                .unwrap_or_default();
            let number = |name: &str| -> u64 {
                let line = info
                    .lines()
                    .find_map(|line| line.trim_start_matches("rg_").strip_prefix(name));
                line.and_then(|number| number.parse().ok())
                    .unwrap_or_default()
            };
            let busy = [
                "executions_waiting:",
                "executions_running:",
                "executions_created:",
                "workers_busy:",
            ];
            if busy.iter().all(|name| number(name) == 0) || Instant::now() >= until {
                return Ok(Self {
                    resident: server.resident().unwrap_or_default() * 1024,
                    python: number("CurrAllocated:"),
                    used: number("used_memory:"),
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn growth(&self, before: &Self) -> [f64; 3] {
        [
            self.resident as f64 - before.resident as f64,
            self.python as f64 - before.python as f64,
            self.used as f64 - before.used as f64,
        ]
    }
}
