//! Hostile commands and programs, as fast as the server takes them.

use std::collections::VecDeque;
use std::fs;
use std::io::Result;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::client::{Client, encode};
use crate::grammar::Grammar;
use crate::program;
use crate::report::Report;
use crate::server::{Plan, Server};
use crate::shrink::shrink;

/// How many commands before a find are looked through.
const REMEMBERED: usize = 20_000;
/// A server that lived through this many gives way to a new one.
const LIFE: usize = 2_000_000;

pub(crate) fn commands(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    attack(
        plan,
        seed,
        time,
        report,
        "commands",
        200,
        |grammar, random| grammar.command(random),
    )
}

pub(crate) fn programs(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    attack(
        plan,
        seed,
        time,
        report,
        "programs and calls",
        20,
        |_, random| {
            let trigger = format!("t{}", random.u8(..3));
            match random.u8(..4) {
                0 => encode(&[b"RG.TRIGGER", trigger.as_bytes(), b"word"]),
                1 => encode(&[b"SET", b"k1", b"v"]),
                _ => encode(&[b"RG.PYEXECUTE", program::program(random).as_bytes()]),
            }
        },
    )
}

fn attack(
    plan: &Plan,
    seed: u64,
    time: Duration,
    report: &mut Report,
    what: &str,
    size: usize,
    next: impl Fn(&Grammar, &mut Rng) -> Vec<u8>,
) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    let until = Instant::now() + time;
    while Instant::now() < until {
        let folder = tempfile::tempdir()?;
        let mut server = Server::start(plan, folder.path())?;
        let grammar = Grammar::of(&mut server.client()?)?;
        server
            .client()?
            .text(&["ACL", "SETUSER", "someone", "on", ">secret", "~k*", "+@all"])?;
        let mut clients = (0..4)
            .map(|_| server.client())
            .collect::<Result<Vec<Client>>>()?;
        let mut sent = VecDeque::new();
        let mut life = 0;
        while Instant::now() < until && life < LIFE {
            let batch: Vec<Vec<u8>> = (0..size).map(|_| next(&grammar, &mut random)).collect();
            let chosen = random.usize(..clients.len());
            let bytes = batch.concat();
            // Now and then a client leaves in the middle of a command, and without reading.
            let done = if random.u8(..50) == 0 {
                let _ = clients[chosen].send(&bytes[..random.usize(..bytes.len())]);
                false
            } else {
                matches!(
                    clients[chosen].drain(&bytes, Duration::from_millis(150)),
                    Ok(true)
                )
            };
            life += batch.len();
            report.count(what, batch.len() as u64);
            sent.extend(batch);
            let excess = sent.len().saturating_sub(REMEMBERED);
            sent.drain(..excess);
            if done {
                continue;
            }
            if !server.answers() {
                let way = if server.runs() {
                    "no longer answers"
                } else {
                    "has ended"
                };
                report.find(&format!(
                    "the server {way} (seed {seed}):\n{}",
                    server.last_words()
                ));
                server.kill();
                keep(&shrink(plan, sent.into())?, seed)?;
                break;
            }
            clients[chosen] = server.client()?;
        }
    }
    Ok(())
}

fn keep(commands: &[Vec<u8>], seed: u64) -> Result<()> {
    let path = std::env::temp_dir().join(format!("gears-torture-{seed}-{}", std::process::id()));
    // Each command has its length before it, for commands hold any bytes.
    let mut bytes = Vec::new();
    for command in commands {
        bytes.extend_from_slice(format!("{}\n", command.len()).as_bytes());
        bytes.extend_from_slice(command);
    }
    fs::write(&path, bytes)?;
    for command in commands.iter().take(20) {
        eprintln!("    {}", command.escape_ascii());
    }
    eprintln!(
        "{} commands; again with `cargo xtask torture --replay {}`",
        commands.len(),
        path.display()
    );
    Ok(())
}

/// Reads what `keep` wrote.
pub(crate) fn kept(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut commands = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let length: usize = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
        let command = bytes.get(end + 1..)?.get(..length)?;
        commands.push(command.to_vec());
        bytes = &bytes[end + 1 + length..];
    }
    Some(commands)
}
