//! Hostile commands and programs, as fast as the server takes them.

use std::io::Result;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::client::encode;
use crate::grammar::Grammar;
use crate::pipe::{Pipe, State};
use crate::program;
use crate::record::{Sent, keep};
use crate::report::Report;
use crate::server::{Plan, Server};
use crate::shrink::{breaks, shrink};
use crate::users;

/// A server that has answered this many gives way to a new one. All of them are remembered.
const LIFE: u64 = 300_000;
const CONNECTIONS: usize = 8;
/// How many servers are attacked at once.
const LANES: u64 = 2;
/// How long a connection may wait for replies before it is given up.
const PATIENCE: Duration = Duration::from_millis(400);

/// A server with what the attacks expect in it.
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) grammar: Grammar,
}

impl Target {
    pub(crate) fn start(plan: &Plan, folder: &Path) -> Result<Self> {
        // Random words would have pip look for them, and programs that wait for themselves do so until their time is over.
        let plan = plan
            .setting("PipInstall", "0")
            .setting("SyncDeadline", "1000");
        let server = Server::start(&plan, folder)?;
        let mut client = server.client()?;
        let grammar = Grammar::of(&mut client)?;
        users::create(&mut client)?;
        Ok(Self { server, grammar })
    }

    pub(crate) fn connect(&self) -> Result<Pipe> {
        Pipe::connect(self.server.socket())
    }
}

pub(crate) fn commands(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let next = |grammar: &Grammar, random: &mut Rng| grammar.command(random);
    in_lanes(plan, seed, time, report, ("commands", 400), next)
}

pub(crate) fn programs(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let next = |_: &Grammar, random: &mut Rng| {
        let trigger = format!("t{}", random.u8(..3));
        match random.u8(..4) {
            0 => encode(&[b"RG.TRIGGER", trigger.as_bytes(), b"word"]),
            1 => encode(&[b"SET", b"k1", b"v"]),
            _ => encode(&[b"RG.PYEXECUTE", program::program(random).as_bytes()]),
        }
    };
    in_lanes(plan, seed, time, report, ("programs and calls", 20), next)
}

/// Attacks servers side by side, each with a seed of its own.
fn in_lanes(
    plan: &Plan,
    seed: u64,
    time: Duration,
    report: &mut Report,
    size: (&str, usize),
    next: impl Fn(&Grammar, &mut Rng) -> Vec<u8> + Sync,
) -> Result<()> {
    let others = thread::scope(|scope| {
        let lanes: Vec<_> = (1..LANES)
            .map(|lane| {
                let (mut beside, next) = (report.beside(), &next);
                scope.spawn(move || {
                    attack(plan, seed + lane, time, &mut beside, size, next).map(|()| beside)
                })
            })
            .collect();
        let own = attack(plan, seed, time, report, size, &next);
        let others = lanes.into_iter().filter_map(|lane| lane.join().ok());
        own.and(others.collect::<Result<Vec<_>>>())
    })?;
    for other in others {
        report.add(other);
    }
    Ok(())
}

fn attack(
    plan: &Plan,
    seed: u64,
    time: Duration,
    report: &mut Report,
    (what, size): (&str, usize),
    next: impl Fn(&Grammar, &mut Rng) -> Vec<u8>,
) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    // What the server itself does not survive.
    let mut spared = Vec::new();
    let until = Instant::now() + time;
    while Instant::now() < until {
        let folder = tempfile::tempdir()?;
        let mut life = Life::start(plan, folder.path())?;
        life.target.grammar.spare(&spared);
        let mut answered = 0;
        while Instant::now() < until && answered < LIFE && !life.suspect {
            let commands = (0..size).map(|_| next(&life.target.grammar, &mut random));
            let batch = commands.collect();
            let some = life.turn(batch, &mut random);
            report.count(what, some);
            answered += some;
        }
        if let Some(fault) = life.target.server.fault() {
            if is_greed_of_the_server(&fault, plan) {
                report.count("ends for want of memory", 1);
                eprintln!("the server takes more memory than there is: {fault:.600}");
                continue;
            }
            if fault.contains(UNBLOCKED_WHILE_PAUSED) {
                report.count("faults of the server alone", 1);
                continue;
            }
            let Life { target, sent, .. } = life;
            drop(target);
            let commands = shrink(sent, |commands| breaks(plan, commands))?;
            if breaks(&plan.alone(), &commands)? {
                report.count("faults of the server alone", 1);
                eprintln!("the server does not survive this without the engine either:");
                spared.extend(commands.last().and_then(Sent::name));
            } else {
                report.find(&format!("{fault} (seed {seed})"));
            }
            keep(&commands, seed, "")?;
        }
    }
    Ok(())
}

/// What Redis before 7.2 says when it ends itself for a `CLIENT UNBLOCK` of a client whose write `CLIENT PAUSE` holds
/// back: when is too much a matter of chance for the commands to be tried again.
const UNBLOCKED_WHILE_PAUSED: &str = "Unknown btype in replyToBlockedClientTimedOut()";

/// Whether a command of the server's own, which no function ran, wanted more memory than the attack may have: counts
/// and lengths beyond what there is do that to some versions.
fn is_greed_of_the_server(fault: &str, plan: &Plan) -> bool {
    let engine = plan.engine.as_ref().and_then(|engine| engine.file_name());
    let engine = engine.map(|name| name.to_string_lossy().into_owned());
    fault.contains("aborting for OUT OF MEMORY")
        && fault.contains("processCommand")
        && !engine.is_some_and(|engine| fault.contains(&engine))
}

/// A server's life under attack.
struct Life {
    target: Target,
    pipes: Vec<Pipe>,
    turn: usize,
    sent: Vec<Sent>,
    /// Whether it is time to look at the server.
    suspect: bool,
}

impl Life {
    fn start(plan: &Plan, folder: &Path) -> Result<Self> {
        let target = Target::start(plan, folder)?;
        let pipes = (0..CONNECTIONS).map(|_| target.connect());
        Ok(Self {
            pipes: pipes.collect::<Result<_>>()?,
            target,
            turn: 0,
            sent: Vec::new(),
            suspect: false,
        })
    }

    /// Sends a batch by the next connection that is free, and returns how many commands were answered meanwhile.
    fn turn(&mut self, batch: Vec<Vec<u8>>, random: &mut Rng) -> u64 {
        let mut answered = 0;
        while !self.suspect {
            self.turn = (self.turn + 1) % CONNECTIONS;
            let connection = self.turn;
            let pipe = &mut self.pipes[connection];
            let state = pipe.state();
            if matches!(state, State::Waits(time) if time < PATIENCE) {
                continue;
            }
            answered += pipe.take_answered();
            if state != State::Answered {
                self.suspect = !self.target.server.answers();
                self.leave(connection, &[], false);
                continue;
            }
            // Now and then a client leaves in the middle of a command, or of a reply.
            if random.u8(..50) == 0 {
                let bytes = batch.concat();
                self.leave(
                    connection,
                    &bytes[..random.usize(..bytes.len())],
                    random.bool(),
                );
            } else {
                self.pipes[connection].send(batch.len() as u64, &batch.concat());
                self.sent.extend(batch.into_iter().map(|bytes| Sent {
                    connection,
                    bytes,
                    ends: false,
                }));
            }
            break;
        }
        answered
    }

    /// Ends a connection with these bytes, for another to take its place.
    fn leave(&mut self, connection: usize, bytes: &[u8], reads: bool) {
        self.sent.push(Sent {
            connection,
            bytes: bytes.to_vec(),
            ends: true,
        });
        match self.target.connect() {
            Ok(fresh) => {
                std::mem::replace(&mut self.pipes[connection], fresh).leave(bytes, reads);
            }
            Err(_) => self.suspect = true,
        }
    }
}
