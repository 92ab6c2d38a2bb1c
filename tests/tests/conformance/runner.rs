//! Replays cases against a server, or a cluster of several.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gears_tests::DEADLINE;

use crate::case::{Argument, Case, Exchange, Request, Save, Step};
use crate::connection::{Command, Connection};
use crate::matching::{difference, walk};
use crate::names::Names;
use crate::reply::{Reply, latin1};
use crate::shard::Shard;

/// How long the step `until` pauses between two polls.
const POLL: Duration = Duration::from_millis(20);

/// What shards of a cluster have at first of what cases set.
const SETTINGS: [[&str; 2]; 3] = [
    ["ExecutionMaxIdleTime", "5000"],
    ["MaxExecutions", "1000"],
    ["MaxExecutionsPerRegistration", "100"],
];

/// Replays a case on emptied servers and returns what is wrong.
pub(crate) fn run(urls: &[String], names: &Names, case: &Case) -> Option<String> {
    let mut conversation = Conversation {
        urls,
        names,
        connections: BTreeMap::new(),
        saved: names.known().collect(),
    };
    let failure = match empty(urls) {
        Ok(()) => case.steps.iter().enumerate().find_map(|(index, step)| {
            let what = match conversation.step(step) {
                Ok(difference) => difference?,
                Err(error) => explain(&error),
            };
            Some(format!("step {} ({}): {what}", index + 1, describe(step)))
        }),
        Err(error) => Some(format!("emptying the servers: {}", explain(&error))),
    };
    // Closed before the servers are set right again: nobody listens any more.
    conversation.connections.clear();
    if let Ok(mut connection) = Connection::open(&urls[0]) {
        for command in &case.finally {
            if connection.call(conversation.command(command)).is_err() {
                break;
            }
        }
    }
    failure
}

/// Tells whether all servers answer, be it after a restart.
pub(crate) fn are_alive(urls: &[String]) -> bool {
    let deadline = Instant::now() + DEADLINE;
    urls.iter().all(|url| {
        loop {
            let reply = Connection::open(url).and_then(|mut it| it.call(words(&["PING"])));
            match reply {
                Ok(_) => return true,
                Err(_) if Instant::now() > deadline => return false,
                Err(_) => thread::sleep(POLL),
            }
        }
    })
}

/// Brings the servers to the state that every case starts from.
fn empty(urls: &[String]) -> io::Result<()> {
    let mut connections = urls
        .iter()
        .map(|url| Connection::open(url))
        .collect::<io::Result<Vec<_>>>()?;
    for connection in &mut connections {
        connection.call(words(&["FLUSHALL"]))?;
        if urls.len() > 1 {
            for [name, value] in SETTINGS {
                connection.call(words(&["RG.CONFIGSET", name, value]))?;
            }
        }
    }
    // What runs may register, and what is registered may run: once is not enough.
    let deadline = Instant::now() + DEADLINE;
    while {
        let mut left = 0;
        for connection in &mut connections {
            left += clear(connection)?;
        }
        left > 0
    } {
        if Instant::now() > deadline {
            return Err(io::Error::other("something registers or runs on and on"));
        }
        thread::sleep(POLL);
    }
    for connection in &mut connections {
        connection.call(words(&["FLUSHALL"]))?;
    }
    Ok(())
}

/// Takes registrations and executions out of a server, and returns how many it had.
fn clear(connection: &mut Connection) -> io::Result<usize> {
    let registrations = entries(connection.call(words(&["RG.DUMPREGISTRATIONS"]))?);
    for registration in &registrations {
        if let Some(Reply::Bulk(id)) = registration.get(1) {
            connection.call(vec![b"RG.UNREGISTER".to_vec(), id.clone()])?;
        }
    }
    let executions = entries(connection.call(words(&["RG.DUMPEXECUTIONS"]))?);
    for execution in &executions {
        let Some(Reply::Bulk(id)) = execution.get(1) else {
            continue;
        };
        let state = execution.get(3).and_then(Reply::to_bytes);
        if !matches!(state.as_deref(), Some(b"done" | b"aborted") | None) {
            connection.call(vec![b"RG.ABORTEXECUTION".to_vec(), id.clone()])?;
        }
        connection.call(vec![b"RG.DROPEXECUTION".to_vec(), id.clone()])?;
    }
    Ok(registrations.len() + executions.len())
}

fn words(words: &[&str]) -> Command {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// Returns the arrays in an array.
fn entries(reply: Reply) -> Vec<Vec<Reply>> {
    let Reply::Array(elements) = reply else {
        return Vec::new();
    };
    let arrays = elements.into_iter().map(|element| match element {
        Reply::Array(parts) => parts,
        other => vec![other],
    });
    arrays.collect()
}

/// A case that is being replayed.
struct Conversation<'a> {
    /// The shards, or the one server.
    urls: &'a [String],
    names: &'a Names,
    /// By their names and shards.
    connections: BTreeMap<(String, usize), Connection>,
    /// The parts of replies that steps have saved.
    saved: BTreeMap<String, Vec<u8>>,
}

impl Conversation<'_> {
    /// Takes a step and returns what is wrong with the reply.
    fn step(&mut self, step: &Step) -> io::Result<Option<String>> {
        match step {
            Step::Wait(duration) => thread::sleep(*duration),
            Step::Close(name) => self.connections.retain(|(it, _), _| it != name),
            Step::Post {
                connection,
                shard,
                command,
            } => {
                let command = self.command(command);
                for place in self.places(shard)? {
                    let command = command.clone();
                    self.connection(connection, place)?.write(&[command])?;
                }
            }
            Step::Exchange(exchange) => {
                let reply = self.exchange(exchange)?;
                return Ok(self.judge(exchange, &reply));
            }
            Step::Until(exchange) => {
                let deadline = Instant::now() + DEADLINE;
                while let Some(difference) = {
                    let reply = self.exchange(exchange)?;
                    self.judge(exchange, &reply)
                } {
                    if Instant::now() > deadline {
                        return Ok(Some(format!("not reached in time; last: {difference}")));
                    }
                    thread::sleep(POLL);
                }
            }
        }
        Ok(None)
    }

    /// Returns the places of shards.
    fn places(&mut self, shard: &Shard) -> io::Result<Vec<usize>> {
        let shards = self.urls.len();
        match shard {
            Shard::Each => Ok((0..shards).collect()),
            Shard::At(place) if *place < shards => Ok(vec![*place]),
            Shard::At(place) => Err(io::Error::other(format!("there is no shard {place}"))),
            Shard::OwnerOf(key) => {
                let mut connection = Connection::open(&self.urls[0])?;
                match connection.call(words(&["CLUSTER", "KEYSLOT", key]))? {
                    // Each has its share of the 16,384 slots, in their order.
                    Reply::Integer(slot) => Ok(vec![slot as usize * shards / 16384]),
                    other => Err(io::Error::other(format!("no slot: {other}"))),
                }
            }
        }
    }

    fn connection(&mut self, name: &str, place: usize) -> io::Result<&mut Connection> {
        Ok(match self.connections.entry((name.to_owned(), place)) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Connection::open(&self.urls[place])?),
        })
    }

    fn exchange(&mut self, exchange: &Exchange) -> io::Result<Reply> {
        let mut replies = Vec::new();
        for place in self.places(&exchange.shard)? {
            replies.push(self.exchange_with(place, exchange)?);
        }
        Ok(match exchange.shard {
            Shard::Each => Reply::Array(replies),
            Shard::At(_) | Shard::OwnerOf(_) => replies.remove(0),
        })
    }

    fn exchange_with(&mut self, place: usize, exchange: &Exchange) -> io::Result<Reply> {
        let commands: Vec<_> = match &exchange.request {
            Request::Receive => return self.connection(&exchange.connection, place)?.read(),
            Request::Send(command) => {
                let command = self.command(command);
                return self.connection(&exchange.connection, place)?.call(command);
            }
            Request::Pipeline(commands) => commands.iter().map(|it| self.command(it)).collect(),
        };
        let connection = self.connection(&exchange.connection, place)?;
        connection.write(&commands)?;
        let replies = commands.iter().map(|_| connection.read());
        Ok(Reply::Array(replies.collect::<io::Result<_>>()?))
    }

    /// Returns what is wrong with a reply; of one that is right, keeps what is to be saved.
    fn judge(&mut self, exchange: &Exchange, reply: &Reply) -> Option<String> {
        difference(exchange, reply, self.names).or_else(|| {
            let save = exchange.save.as_ref()?;
            self.save(save, reply).err()
        })
    }

    fn save(&mut self, save: &Save, reply: &Reply) -> Result<(), String> {
        let part = walk(reply, &save.path)?;
        let bytes = part
            .to_bytes()
            .ok_or_else(|| format!("{part} cannot be saved as {:?}", save.name))?;
        self.saved.insert(save.name.clone(), bytes);
        Ok(())
    }

    fn command(&self, arguments: &[Argument]) -> Command {
        arguments.iter().map(|it| self.argument(it)).collect()
    }

    fn argument(&self, argument: &Argument) -> Vec<u8> {
        match argument {
            Argument::Base64 { b64 } => STANDARD.decode(b64).expect("base64 in a case"),
            Argument::Repeat { repeat, times } => repeat.as_bytes().repeat(*times),
            Argument::Concat { concat } => self.command(concat).concat(),
            Argument::Text(text) => {
                let whole = text.strip_prefix('$').and_then(|name| self.saved.get(name));
                if let Some(bytes) = whole {
                    return bytes.clone();
                }
                let mut text = text.clone();
                for (name, bytes) in &self.saved {
                    text = text.replace(&format!("${{{name}}}"), &latin1(bytes));
                }
                text.into_bytes()
            }
        }
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => format!("no reply within {DEADLINE:?}"),
        ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
        _ => error.to_string(),
    }
}

/// Writes a step in a few words.
fn describe(step: &Step) -> String {
    match step {
        Step::Wait(_) => "wait".to_owned(),
        Step::Close(name) => format!("close {name}"),
        Step::Post { command, .. } => brief(command),
        Step::Until(exchange) => format!("until {}", describe_request(&exchange.request)),
        Step::Exchange(exchange) => describe_request(&exchange.request),
    }
}

fn describe_request(request: &Request) -> String {
    match request {
        Request::Send(command) => brief(command),
        Request::Receive => "receive".to_owned(),
        Request::Pipeline(commands) => format!("{} commands at once", commands.len()),
    }
}

fn brief(command: &[Argument]) -> String {
    let words = command.iter().take(3).map(|argument| match argument {
        Argument::Text(text) => {
            let words: Vec<_> = text.split_whitespace().collect();
            words.join(" ").chars().take(60).collect()
        }
        Argument::Base64 { .. } => "<binary>".to_owned(),
        Argument::Repeat { .. } | Argument::Concat { .. } => "<long>".to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}
