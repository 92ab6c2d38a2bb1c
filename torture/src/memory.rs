//! Servers that are short of memory: they refuse work, and keep what they said they had.

use std::io::{Error, Result};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::client::{Client, DEADLINE, Value, encode_text};
use crate::honest;
use crate::ledger::{Ledger, PUT};
use crate::pipe::{Pipe, State};
use crate::record::{Sent, keep};
use crate::report::Report;
use crate::server::{Plan, Server};
use crate::shrink::{breaks, shrink};
use crate::words::text;

/// How long a server is short of something, before it is looked at.
const ROUND: Duration = Duration::from_millis(400);
/// After so many rounds, a new server takes the place of the old one.
const LIFE: usize = 20;
/// How far a server may be beyond `maxmemory` for a moment: buffers of clients, and the last command.
const BEYOND: i64 = 32 << 20;

/// `PythonMemoryLimit` where nothing is short: what greedy functions began may still run, and without a limit would take
/// all addresses.
const ENOUGH: &str = "500000000";

/// Registers the functions that put what the ledger wants.
const REGISTER: [&str; 5] = ["RG.PYEXECUTE", PUT, "ID", "put", "UPGRADE"];

const POLICIES: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// Functions that take what they can get.
const GREEDY: [&str; 7] = [
    "kept = None\n    while True: kept = (kept, object())",
    "kept = []\n    while True: kept.append(bytes(1_000_000))",
    "kept = []\n    while True: kept.append([len(kept)])",
    "return len(bytearray(2_000_000_000))",
    "return list(range(100_000_000))",
    "return execute('SET', 'x:0', 'x' * 50_000_000)",
    "kept = None\n    while True:\n        try:\n            while True: kept = (kept, bytes(100))\n        except BaseException: pass",
];

/// What a server is short of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    /// `maxmemory`, with every policy.
    Data,
    /// `PythonMemoryLimit`.
    Python,
    /// `ExecutionQueue` and `MaxExecutions`.
    Room,
    /// Addresses, so that memory cannot be had from the system.
    Addresses,
}

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    let wants = match cfg!(target_os = "linux") {
        true => &[Want::Data, Want::Python, Want::Room, Want::Addresses][..],
        false => &[Want::Data, Want::Python, Want::Room],
    };
    for &want in wants {
        let until = Instant::now() + time / u32::try_from(wants.len()).unwrap_or(1);
        'lives: while Instant::now() < until {
            let mut life = Life::start(plan, want)?;
            for _ in 0..LIFE {
                if Instant::now() >= until {
                    break;
                }
                let ends = life.ends;
                let end = life.round(&mut random);
                report.count(&format!("rounds short of {want:?}").to_lowercase(), 1);
                let fault = match life.fault(&mut random) {
                    // It had no memory left when it was looked at.
                    Err(_) if want == Want::Addresses && life.server.ends() => {
                        life.begin_again().map(|()| None)
                    }
                    other => other,
                };
                let fault = fault.unwrap_or_else(|error| Some(format!("no reply: {error}")));
                let fault = match end {
                    Ok(end) => fault.or(end),
                    // A server that ended had reason to, or is told of.
                    Err(_) if life.ends > ends => fault,
                    Err(error) => fault.or_else(|| Some(format!("no reply: {error}"))),
                };
                if let Some(fault) = fault {
                    report.find(&format!("{fault}\nshort of {want:?} (seed {seed})"));
                    let broken = life.server.fault().is_some();
                    let Life { sent, plan, .. } = life;
                    if broken {
                        let sent = shrink(sent, |commands| breaks(&plan, commands))?;
                        keep(&sent, seed, "")?;
                    }
                    break 'lives;
                }
            }
            report.count("ends for want of memory", life.ends);
            report.count("writes kept", life.ledger.acknowledged);
            report.count("refused", life.ledger.refused);
        }
    }
    Ok(())
}

struct Life {
    want: Want,
    plan: Plan,
    folder: TempDir,
    server: Server,
    ledger: Ledger,
    sent: Vec<Sent>,
    /// Whether the policy may have taken what was acknowledged.
    may_lack: bool,
    ends: u64,
}

impl Life {
    fn start(plan: &Plan, want: Want) -> Result<Self> {
        let plan = plan
            .setting("PipInstall", "0")
            .setting("SyncDeadline", "1000")
            .setting("AsyncDeadline", "1000");
        let plan = match want {
            // The crash report of a server wants memory too. That of Redis 7.0 begins anew within
            // itself each time that there is none, for minutes.
            Want::Addresses => plan
                .with(&["--appendonly", "yes", "--appendfsync", "always"])
                .with(&["--crash-log-enabled", "no"]),
            _ => plan,
        };
        let folder = tempfile::tempdir()?;
        Ok(Self {
            server: Server::start(&plan, folder.path())?,
            want,
            plan,
            folder,
            ledger: Ledger::new(),
            sent: Vec::new(),
            may_lack: false,
            ends: 0,
        })
    }

    /// Has the server work while it is short of something, and tells what was wrong in the end.
    fn round(&mut self, random: &mut Rng) -> Result<Option<String>> {
        let mut client = self.server.client()?;
        self.record(0, vec![encode_text(&REGISTER)]);
        if let Value::Error(error) = when_there_is_enough(&mut client, &REGISTER)? {
            return Ok(Some(format!("nothing can be registered: {error:?}")));
        }
        let mut pipes = [self.pipe()?, self.pipe()?];
        for (connection, pipe) in pipes.iter_mut().enumerate() {
            self.send(connection, pipe, true, random);
        }
        self.ledger.size = random.usize(..2_000);
        let limit = self.shorten(&mut client, random)?;
        let end = Instant::now() + ROUND;
        let mut beyond = 0;
        while Instant::now() < end {
            let writes = self.ledger.next();
            client.send(&writes.concat())?;
            self.record(0, writes);
            self.ledger.read(&mut client)?;
            for (connection, pipe) in pipes.iter_mut().enumerate() {
                match pipe.state() {
                    State::Answered => self.send(connection, pipe, false, random),
                    State::Waits(_) => {}
                    // Buffers of clients count too, and have them closed.
                    State::Gone => *pipe = self.pipe()?,
                }
            }
            if let Some(limit) = limit {
                beyond = beyond.max(number(&mut client, "memory", "used_memory:")? - limit);
            }
        }
        self.relieve(&mut client)?;
        Ok((beyond > BEYOND && !self.may_lack)
            .then(|| format!("the server uses {beyond} bytes more than maxmemory")))
    }

    fn pipe(&self) -> Result<Pipe> {
        Pipe::connect(self.server.socket())
    }

    fn record(&mut self, connection: usize, commands: Vec<Vec<u8>>) {
        self.sent.extend(commands.into_iter().map(|bytes| Sent {
            connection,
            bytes,
            ends: false,
        }));
    }

    fn must(&mut self, client: &mut Client, words: &[&str]) -> Result<()> {
        self.record(0, vec![encode_text(words)]);
        client.must(words).map(drop)
    }

    fn send(&mut self, connection: usize, pipe: &mut Pipe, register: bool, random: &mut Rng) {
        let batch = self.batch(register, random);
        pipe.send(batch.len() as u64, &batch.concat());
        self.record(connection + 1, batch);
    }

    /// Commands of other clients.
    fn batch(&self, register: bool, random: &mut Rng) -> Vec<Vec<u8>> {
        let one = |random: &mut Rng| match random.u8(..50) {
            0 if self.want != Want::Data && self.want != Want::Room => greedy(random),
            1..4 => encode_text(&[
                "SET",
                &format!("x:{}", random.u8(..)),
                &"x".repeat(random.usize(..50_000)),
            ]),
            4..7 => encode_text(&["SET", &format!("y:{}", random.u16(..)), "v", "EX", "100"]),
            7 => encode_text(&[text(
                random,
                &[
                    "RG.DUMPEXECUTIONS",
                    "RG.DUMPREGISTRATIONS",
                    "INFO",
                    "RG.PYSTATS",
                ],
            )]),
            _ if register => honest::register(random),
            _ => honest::calm(random),
        };
        (0..20).map(|_| one(random)).collect()
    }

    /// Begins the shortage; the number is that of `maxmemory`.
    fn shorten(&mut self, client: &mut Client, random: &mut Rng) -> Result<Option<i64>> {
        match self.want {
            Want::Data => {
                let policy = text(random, &POLICIES);
                self.may_lack |= policy.starts_with("allkeys");
                let limit =
                    number(client, "memory", "used_memory:")? + random.i64(-300_000..3_000_000);
                self.must(client, &["CONFIG", "SET", "maxmemory-policy", policy])?;
                self.must(client, &["CONFIG", "SET", "maxmemory", &limit.to_string()])?;
                return Ok(Some(limit));
            }
            Want::Python => {
                let now = number(client, "everything", "CurrAllocated:")?;
                let limit = match random.u8(..4) {
                    0 => 1,
                    _ => now + random.i64(-1_000_000..20_000_000),
                };
                self.must(
                    client,
                    &["RG.CONFIGSET", "PythonMemoryLimit", &limit.to_string()],
                )?;
            }
            Want::Room => {
                let (queue, kept) = (random.u8(1..10).to_string(), random.u8(..4).to_string());
                self.must(client, &["RG.CONFIGSET", "ExecutionQueue", &queue])?;
                self.must(client, &["RG.CONFIGSET", "MaxExecutions", &kept])?;
            }
            Want::Addresses => self.server.spare_addresses(Some(random.u64(..100_000_000))),
        }
        Ok(None)
    }

    fn relieve(&mut self, client: &mut Client) -> Result<()> {
        match self.want {
            Want::Data => self.must(client, &["CONFIG", "SET", "maxmemory", "0"]),
            Want::Python => self.must(client, &["RG.CONFIGSET", "PythonMemoryLimit", ENOUGH]),
            Want::Room => self.must(client, &["RG.CONFIGSET", "ExecutionQueue", "1048576"]),
            Want::Addresses => {
                self.server.spare_addresses(None);
                Ok(())
            }
        }
    }

    /// Starts the server once more that had no memory to go on.
    fn begin_again(&mut self) -> Result<()> {
        self.ends += 1;
        self.server = Server::start(&self.plan, self.folder.path())?;
        Ok(())
    }

    /// Looks at the server now that it has all it needs.
    fn fault(&mut self, random: &mut Rng) -> Result<Option<String>> {
        if self.want == Want::Addresses {
            // Without memory neither the server nor Python can go on; they may end, in any way, but not hang.
            // Its main thread may answer still while another one writes the report of a crash.
            let ending = !self.server.answers() || self.server.complains();
            if ending && self.server.ends() {
                self.begin_again()?;
            } else if random.u8(..5) == 0 {
                self.server.end();
                self.server = Server::start(&self.plan, self.folder.path())?;
            }
        }
        if let Some(fault) = self.server.fault() {
            return Ok(Some(fault));
        }
        let mut client = self.server.client()?;
        let lost = self.ledger.check(&mut client, self.may_lack)?;
        if lost.is_some() {
            return Ok(lost);
        }
        if let Value::Error(error) = when_there_is_enough(&mut client, &REGISTER)? {
            return Ok(Some(format!(
                "nothing can be registered any more: {error:?}"
            )));
        }
        for trigger in ["putsync", "putasync_local"] {
            let reply = when_there_is_enough(&mut client, &["RG.TRIGGER", trigger, "x:0", "v"])?;
            if reply.elements().first().and_then(Value::as_text).as_deref() != Some("OK") {
                return Ok(Some(format!("{trigger} does not work any more: {reply:?}")));
            }
        }
        Ok(None)
    }
}

/// Asks again while what was begun before takes what there is: code in C keeps Python for a list of a hundred million
/// numbers, and others get no memory while that has it.
fn when_there_is_enough(client: &mut Client, words: &[&str]) -> Result<Value> {
    let end = Instant::now() + DEADLINE;
    loop {
        match client.text(words)? {
            Value::Error(error) if is_short(&error) && Instant::now() < end => {}
            reply => return Ok(reply),
        }
    }
}

fn is_short(error: &str) -> bool {
    let is_kept = error.starts_with("ERR no function can run: ")
        && error.contains(" has kept Python to itself for ");
    is_kept || error.contains("MemoryError")
}

fn greedy(random: &mut Rng) -> Vec<u8> {
    let body = text(random, &GREEDY);
    let end = match random.u8(..3) {
        0 => "f(0)",
        1 => "GB('ShardsIDReader').map(f).run()",
        _ => "GB('CommandReader').map(f).register(trigger='t0', mode='async_local')",
    };
    encode_text(&[
        "RG.PYEXECUTE",
        &format!("def f(r):\n    {body}\n{end}"),
        "ID",
        "greedy",
        "UPGRADE",
    ])
}

fn number(client: &mut Client, section: &str, name: &str) -> Result<i64> {
    let info = client
        .must(&["INFO", section])?
        .as_text()
        .unwrap_or_default();
    let line = info
        .lines()
        .find_map(|line| line.trim_start_matches("rg_").strip_prefix(name));
    line.and_then(|number| number.parse().ok())
        .ok_or_else(|| Error::other(format!("INFO {section} has no {name}")))
}
