//! Replays cases against a server.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gears_tests::DEADLINE;

use crate::case::{Argument, Case, Exchange, Request, Save, Step};
use crate::connection::{Command, Connection};
use crate::matching::{difference, walk};
use crate::reply::{Reply, latin1};

/// How long the step `until` pauses between two polls.
const POLL: Duration = Duration::from_millis(20);

/// Replays a case on an emptied server and returns what is wrong.
pub(crate) fn run(url: &str, case: &Case) -> Option<String> {
    let mut conversation = Conversation {
        url,
        connections: BTreeMap::new(),
        saved: BTreeMap::new(),
    };
    let failure = match empty(url) {
        Ok(()) => case.steps.iter().enumerate().find_map(|(index, step)| {
            let what = match conversation.step(step) {
                Ok(difference) => difference?,
                Err(error) => explain(&error),
            };
            Some(format!("step {} ({}): {what}", index + 1, describe(step)))
        }),
        Err(error) => Some(format!("emptying the server: {}", explain(&error))),
    };
    // Closed before the server is set right again: nobody listens any more.
    conversation.connections.clear();
    if let Ok(mut connection) = Connection::open(url) {
        for command in &case.finally {
            if connection.call(conversation.command(command)).is_err() {
                break;
            }
        }
    }
    failure
}

/// Tells whether a server answers, be it after a restart.
pub(crate) fn is_alive(url: &str) -> bool {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let reply = Connection::open(url).and_then(|mut it| it.call(vec![b"PING".to_vec()]));
        match reply {
            Ok(_) => return true,
            Err(_) if Instant::now() > deadline => return false,
            Err(_) => thread::sleep(POLL),
        }
    }
}

/// Brings the server to the state that every case starts from.
fn empty(url: &str) -> io::Result<()> {
    let mut connection = Connection::open(url)?;
    let mut ask = |words: &[&[u8]]| {
        let words = words.iter().map(|word| word.to_vec());
        connection.call(words.collect())
    };
    ask(&[b"FLUSHALL"])?;
    // What runs may register, and what is registered may run: once is not enough.
    for _ in 0..2 {
        for registration in entries(ask(&[b"RG.DUMPREGISTRATIONS"])?) {
            if let Some(Reply::Bulk(id)) = registration.get(1) {
                ask(&[b"RG.UNREGISTER", id])?;
            }
        }
        for execution in entries(ask(&[b"RG.DUMPEXECUTIONS"])?) {
            let Some(Reply::Bulk(id)) = execution.get(1) else {
                continue;
            };
            let state = execution.get(3).and_then(Reply::to_bytes);
            if !matches!(state.as_deref(), Some(b"done" | b"aborted") | None) {
                ask(&[b"RG.ABORTEXECUTION", id])?;
            }
            ask(&[b"RG.DROPEXECUTION", id])?;
        }
    }
    ask(&[b"FLUSHALL"])?;
    Ok(())
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
    url: &'a str,
    connections: BTreeMap<String, Connection>,
    /// The parts of replies that steps have saved.
    saved: BTreeMap<String, Vec<u8>>,
}

impl Conversation<'_> {
    /// Takes a step and returns what is wrong with the reply.
    fn step(&mut self, step: &Step) -> io::Result<Option<String>> {
        match step {
            Step::Wait(duration) => thread::sleep(*duration),
            Step::Close(name) => drop(self.connections.remove(name)),
            Step::Post {
                connection,
                command,
            } => {
                let command = self.command(command);
                self.connection(connection)?.write(&[command])?;
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

    fn connection(&mut self, name: &str) -> io::Result<&mut Connection> {
        if !self.connections.contains_key(name) {
            let connection = Connection::open(self.url)?;
            self.connections.insert(name.to_owned(), connection);
        }
        Ok(self.connections.get_mut(name).expect("just opened"))
    }

    fn exchange(&mut self, exchange: &Exchange) -> io::Result<Reply> {
        let commands = match &exchange.request {
            Request::Receive => return self.connection(&exchange.connection)?.read(),
            Request::Send(command) => {
                let command = self.command(command);
                return self.connection(&exchange.connection)?.call(command);
            }
            Request::Pipeline(commands) => commands.iter().map(|command| self.command(command)),
        };
        let commands: Vec<_> = commands.collect();
        let connection = self.connection(&exchange.connection)?;
        connection.write(&commands)?;
        let replies = commands.iter().map(|_| connection.read());
        Ok(Reply::Array(replies.collect::<io::Result<_>>()?))
    }

    /// Returns what is wrong with a reply; of one that is right, keeps what is to be saved.
    fn judge(&mut self, exchange: &Exchange, reply: &Reply) -> Option<String> {
        difference(exchange, reply).or_else(|| {
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
