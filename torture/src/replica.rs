//! Replicas whose link breaks in every way: in the end they have what the primary has.

use std::io::Result;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::client::{DEADLINE, Value};
use crate::grammar::Grammar;
use crate::group::{Group, must_agree};
use crate::honest;
use crate::pipe::{Pipe, State};
use crate::record::{Sent, keep};
use crate::report::Report;
use crate::server::Plan;
use crate::shrink::{in_pieces, shrink};

/// Connections to the primary; one more goes to each replica.
const CONNECTIONS: usize = 3;
const SIZE: usize = 3;
/// How many batches there are between two quiet moments, and commands in each.
const BATCHES: usize = 40;
const TOGETHER: usize = 40;
/// After so many quiet moments, new servers take the place of the old ones.
const LIFE: usize = 8;

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    let until = Instant::now() + time;
    let mut spared = Vec::new();
    while Instant::now() < until {
        let mut life = Life::start(&ready(plan), &mut random)?;
        life.grammar.spare(&spared);
        let mut difference = None;
        for _ in 0..LIFE {
            if Instant::now() >= until || difference.is_some() {
                break;
            }
            let trouble = random.choice(TROUBLES).unwrap_or(Trouble::None);
            difference = match life.round(trouble, &mut random) {
                Ok(difference) => difference,
                // A server that has ended is told of, not that it cannot be reached.
                Err(error) => Some(life.group.fault().ok_or(error)?),
            };
            if let Some(difference) = &mut difference {
                *difference = format!("after {trouble:?}: {difference}");
            }
            report.count("quiet moments", 1);
            report.count("commands", (BATCHES * TOGETHER) as u64);
        }
        if difference.is_none() {
            for (name, count) in life.synchronisations()? {
                report.count(name, count);
            }
            report.count("functions called", life.called()?);
        }
        if let Some(difference) = difference {
            let sent = std::mem::take(&mut life.sent);
            drop(life);
            // Without the trouble, most differences are there too.
            let sent = shrink(sent, |commands| breaks(plan, commands))?;
            if breaks(&plan.alone(), &sent)? {
                report.count("faults of the server alone", 1);
                eprintln!("the server alone does so too: {difference}");
                spared.extend(sent.last().and_then(Sent::name));
            } else {
                report.find(&format!("{difference} (seed {seed})"));
            }
            keep(&sent, seed, "replica ")?;
        }
    }
    Ok(())
}

fn ready(plan: &Plan) -> Plan {
    match plan.engine {
        Some(_) => plan.setting("PipInstall", "0"),
        None => plan.clone(),
    }
}

/// Whether a primary and a replica differ after these commands, on a link that holds.
pub(crate) fn breaks(plan: &Plan, commands: &[Sent]) -> Result<bool> {
    let mut group = Group::start(&ready(plan), 2, &mut Rng::with_seed(0))?;
    must_agree(&mut group)?;
    let mut pipes = Vec::new();
    for connection in 0..CONNECTIONS + SIZE - 1 {
        let member = connection.saturating_sub(CONNECTIONS - 1).min(1);
        pipes.push(Pipe::connect(group.members[member].server.socket())?);
    }
    for (connection, now) in in_pieces(commands) {
        let bytes = now.iter().flat_map(|sent| &sent.bytes).copied();
        let pipe = &mut pipes[connection];
        pipe.send(now.len() as u64, &bytes.collect::<Vec<u8>>());
        if !waited(pipe) {
            return Ok(group.members[0].server.fault().is_some());
        }
    }
    Ok(group.settle()?.is_some())
}

/// Waits until all is answered.
fn waited(pipe: &mut Pipe) -> bool {
    loop {
        match pipe.state() {
            State::Answered => return true,
            State::Waits(time) if time < DEADLINE => {}
            State::Waits(_) | State::Gone => return false,
        }
    }
}

/// What happens to a group while it works.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    /// The primary closes its links.
    Links,
    /// The link of a replica breaks somewhere in a command.
    Link(usize),
    /// A replica is a primary for a while.
    Alone(usize),
    /// A replica does nothing for a while.
    Stopped(usize),
    /// `kill -9`.
    Killed(usize),
    /// The link breaks in a full synchronisation, or soon after.
    Cut(usize),
    /// A replica loads its own data again.
    Reload(usize),
    /// A server writes its append-only file anew.
    Rewrite(usize),
}

const TROUBLES: [Trouble; 18] = [
    Trouble::None,
    Trouble::None,
    Trouble::Links,
    Trouble::Link(1),
    Trouble::Link(2),
    Trouble::Alone(1),
    Trouble::Alone(2),
    Trouble::Stopped(1),
    Trouble::Stopped(2),
    Trouble::Killed(0),
    Trouble::Killed(1),
    Trouble::Killed(2),
    Trouble::Cut(1),
    Trouble::Cut(1),
    Trouble::Cut(2),
    Trouble::Reload(1),
    Trouble::Reload(2),
    Trouble::Rewrite(0),
];

struct Life {
    group: Group,
    grammar: Grammar,
    pipes: Vec<Pipe>,
    sent: Vec<Sent>,
}

impl Life {
    fn start(plan: &Plan, random: &mut Rng) -> Result<Self> {
        let group = Group::start(plan, SIZE, random)?;
        let grammar = Grammar::of(&mut group.members[0].server.client()?)?;
        let mut life = Self {
            group,
            grammar,
            pipes: Vec::new(),
            sent: Vec::new(),
        };
        for connection in 0..CONNECTIONS + SIZE - 1 {
            let pipe = life.connect(connection)?;
            life.pipes.push(pipe);
        }
        Ok(life)
    }

    /// The last connections go to replicas, which have to refuse what would change them.
    fn connect(&self, connection: usize) -> Result<Pipe> {
        let member = connection.saturating_sub(CONNECTIONS - 1);
        Pipe::connect(self.group.members[member].server.socket())
    }

    /// Sends commands with trouble among them, and returns how servers differ when all is quiet.
    fn round(&mut self, trouble: Trouble, random: &mut Rng) -> Result<Option<String>> {
        let begin = random.usize(..BATCHES / 2);
        let end = random.usize(begin + 1..BATCHES);
        for number in 0..BATCHES {
            if number == begin
                && let Some(fault) = self.begin(trouble, random)?
            {
                return Ok(Some(fault));
            }
            if number == end {
                self.end(trouble)?;
            }
            let connection = random.usize(..self.pipes.len());
            let member = connection.saturating_sub(CONNECTIONS - 1);
            if matches!(trouble, Trouble::Stopped(which) if which == member)
                && (begin..end).contains(&number)
            {
                continue;
            }
            if !waited(&mut self.pipes[connection]) {
                if let Some(fault) = self.group.members[member].server.fault() {
                    return Ok(Some(fault));
                }
                self.pipes[connection] = self.connect(connection)?;
            }
            let first = self.sent.is_empty();
            let commands = (0..TOGETHER).map(|_| match random.u8(..10) {
                _ if first && member == 0 => honest::register(random),
                0 if member == 0 => self.grammar.other(random),
                _ => honest::command(random),
            });
            let batch: Vec<Vec<u8>> = commands.collect();
            self.pipes[connection].send(batch.len() as u64, &batch.concat());
            self.sent.extend(batch.into_iter().map(|bytes| Sent {
                connection,
                bytes,
                ends: false,
            }));
        }
        for pipe in &mut self.pipes {
            waited(pipe);
        }
        self.group.settle()
    }

    fn begin(&mut self, trouble: Trouble, random: &mut Rng) -> Result<Option<String>> {
        let members = &mut self.group.members;
        match trouble {
            Trouble::None => {}
            Trouble::Links => {
                members[0].text(&["CLIENT", "KILL", "TYPE", "replica"])?;
            }
            Trouble::Link(which) => members[which - 1].front.cut_after(random.i64(..5_000)),
            Trouble::Alone(which) => {
                members[which].text(&["REPLICAOF", "NO", "ONE"])?;
            }
            Trouble::Stopped(which) => members[which].server.stop(),
            Trouble::Killed(which) => {
                if let Some(fault) = members[which].server.fault() {
                    return Ok(Some(fault));
                }
                members[which].restart()?;
                if which > 0 {
                    self.group.follow(which)?;
                }
                for connection in 0..self.pipes.len() {
                    if connection.saturating_sub(CONNECTIONS - 1) == which {
                        self.pipes[connection] = self.connect(connection)?;
                    }
                }
            }
            Trouble::Cut(which) => {
                let size = 1 << random.u32(4..18);
                members[which - 1].front.cut_after(random.i64(..size));
                members[which].text(&["REPLICAOF", "NO", "ONE"])?;
                self.group.follow(which)?;
            }
            Trouble::Reload(which) => {
                let reply = members[which].text(&["DEBUG", "RELOAD"])?;
                if !matches!(&reply, Value::Text(_)) {
                    return Ok(Some(format!("DEBUG RELOAD: {reply:?}")));
                }
            }
            Trouble::Rewrite(which) => {
                members[which].text(&["BGREWRITEAOF"])?;
            }
        }
        Ok(None)
    }

    fn end(&mut self, trouble: Trouble) -> Result<()> {
        match trouble {
            Trouble::Alone(which) => self.group.follow(which),
            Trouble::Stopped(which) => {
                self.group.members[which].server.go_on();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn synchronisations(&self) -> Result<[(&'static str, u64); 2]> {
        let mut counts = [("full synchronisations", 0), ("partial ones", 0)];
        for member in &self.group.members {
            let info = member
                .text(&["INFO", "stats"])?
                .as_text()
                .unwrap_or_default();
            for (name, count) in [("sync_full:", 0), ("sync_partial_ok:", 1)] {
                let number = info.lines().find_map(|line| line.strip_prefix(name));
                counts[count].1 += number.and_then(|number| number.parse().ok()).unwrap_or(0);
            }
        }
        Ok(counts)
    }

    /// How often the functions ran that are there now.
    fn called(&self) -> Result<u64> {
        let mut sum = 0;
        for row in self.group.members[0]
            .text(&["RG.DUMPREGISTRATIONS"])?
            .elements()
        {
            for pair in row
                .elements()
                .get(7)
                .map_or(&[][..], Value::elements)
                .chunks(2)
            {
                if let [Value::Text(name), Value::Integer(number)] = pair
                    && name == b"numTriggered"
                {
                    sum += number.unsigned_abs();
                }
            }
        }
        Ok(sum)
    }
}
