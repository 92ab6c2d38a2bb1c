//! Attacks on real servers with the engine: `cargo xtask torture` runs them.

mod bounds;
mod client;
mod cluster;
mod files;
mod front;
mod fuzz;
mod grammar;
mod group;
mod honest;
mod kill;
mod ledger;
mod memory;
mod pipe;
mod program;
mod record;
mod replica;
mod report;
mod server;
mod shrink;
mod skimmer;
mod soak;
mod users;
mod words;

use std::io::{Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use report::Report;
use server::Plan;

type Attack = fn(&Plan, u64, Duration, &mut Report) -> Result<()>;

const ATTACKS: [(&str, Attack); 8] = [
    ("fuzz", fuzz::commands),
    ("python", fuzz::programs),
    ("kill", kill::run),
    ("replica", replica::run),
    ("cluster", cluster::run),
    ("files", files::run),
    ("memory", memory::run),
    ("soak", soak::run),
];

const USAGE: &str = "usage: torture [fuzz|python|kill|replica|cluster|files|memory|soak] [--minutes N | --seconds N] [--seed N] \
    [--replay FILE] [--server PATH]…";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(finds) => {
            eprintln!("{finds} finds");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u64> {
    let (mut kinds, mut servers, mut replay) = (Vec::new(), Vec::new(), None);
    let mut time = Duration::from_secs(60);
    let mut seed = fastrand::u64(..1_000_000);
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| Error::other(format!("{word} wants a value\n{USAGE}")))
        };
        match word.as_str() {
            "--minutes" => {
                time = Duration::from_secs(60 * value()?.parse::<u64>().map_err(Error::other)?)
            }
            "--seconds" => time = Duration::from_secs(value()?.parse().map_err(Error::other)?),
            "--seed" => seed = value()?.parse().map_err(Error::other)?,
            "--replay" => replay = Some(PathBuf::from(value()?)),
            "--server" => servers.push(PathBuf::from(value()?)),
            kind if ATTACKS.iter().any(|(name, _)| *name == kind) => kinds.push(kind.to_owned()),
            _ => return Err(Error::other(format!("`{word}` is no attack\n{USAGE}"))),
        }
    }
    if servers.is_empty() {
        servers.push(variable("GEARS_REDIS_SERVER")?);
    }
    let engine = fs::canonicalize(variable("GEARS_ENGINE")?)?;
    let mut finds = 0;
    for server in servers {
        let plan = Plan {
            server,
            engine: Some(engine.clone()),
            options: Vec::new(),
            settings: Vec::new(),
        };
        if let Some(file) = &replay {
            let commands = record::kept(&fs::read(file)?)
                .ok_or_else(|| Error::other("not a list of commands"))?;
            let breaks = match kinds.iter().any(|kind| kind == "replica") {
                true => replica::breaks,
                false => shrink::breaks,
            };
            let broken = breaks(&plan, &commands)?;
            let alone = broken && breaks(&plan.alone(), &commands)?;
            let end = match (broken, alone) {
                (false, _) => "holds",
                (true, false) => "breaks",
                (true, true) => "breaks, without the engine too",
            };
            println!("{}: {end}", plan.version());
            finds += u64::from(broken && !alone);
            continue;
        }
        for (name, attack) in ATTACKS {
            if kinds.is_empty() || kinds.iter().any(|kind| kind == name) {
                let mut report = Report::new(name);
                attack(&plan, seed, time, &mut report)?;
                finds += report.end(seed, &plan.version());
            }
        }
    }
    Ok(finds)
}

fn variable(name: &str) -> Result<PathBuf> {
    let value = env::var_os(name).map(PathBuf::from);
    value.ok_or_else(|| {
        Error::other(format!(
            "{name} is not set: run `cargo xtask torture`, which sets it"
        ))
    })
}
