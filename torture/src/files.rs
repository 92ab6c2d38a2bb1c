//! Damaged files: bits that flipped and ends that are missing.

use std::fs;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::report::Report;
use crate::server::{Plan, Server, Start, complaint, log_of};

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    for (name, options) in [
        ("dump file", &[][..]),
        ("append-only file", &["--appendonly", "yes"]),
    ] {
        let plan = plan.with(options);
        let folder = tempfile::tempdir()?;
        let whole = filled(&plan, folder.path())?;
        let until = Instant::now() + time / 2;
        while Instant::now() < until {
            let chosen = random.usize(..whole.len());
            let (path, bytes) = &whole[chosen];
            let Some(damage) = Damage::of(bytes, &mut random) else {
                continue;
            };
            // A server can have written to its files: all of them are made anew.
            restore(folder.path(), &whole)?;
            fs::write(path, damage.done(bytes))?;
            let fault = match Server::try_start(&plan, folder.path())? {
                // The server may refuse what is damaged, with its reason. It may not crash, then or later.
                Start::Ended => {
                    report.count(&format!("damaged {name}s refused"), 1);
                    complaint(&log_of(folder.path()))
                }
                Start::Hangs if gave_up(&log_of(folder.path())) => {
                    report.count("faults of the server alone", 1);
                    None
                }
                Start::Hangs => Some("the server neither starts nor ends".to_owned()),
                Start::Runs(mut server) => {
                    report.count(&format!("damaged {name}s loaded"), 1);
                    use_all(&server)?;
                    server.fault()
                }
            };
            if let Some(fault) = fault {
                report.find(&format!(
                    "{damage:?} in {name} {chosen} (seed {seed}): {fault}"
                ));
            }
        }
    }
    Ok(())
}

/// Whether the server had given up a dump file that ends too early. Then it goes through the file
/// by the code of redis-check-rdb, which reads on for ever where the end is within what a module
/// wrote (`rdbLoadCheckModuleValue`).
fn gave_up(log: &Path) -> bool {
    fs::read(log)
        .is_ok_and(|log| String::from_utf8_lossy(&log).contains("Unexpected EOF reading RDB file"))
}

#[derive(Debug)]
enum Damage {
    Flips(Vec<(usize, u8)>),
    EndsAt(usize),
}

impl Damage {
    /// A damage to these bytes, if there are any.
    fn of(bytes: &[u8], random: &mut Rng) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        // Every other time it is in or near what the engine has written.
        let marks: Vec<usize> = (0..bytes.len())
            .filter(|&at| bytes[at..].starts_with(b"GB(") || bytes[at..].starts_with(b"RG."))
            .collect();
        let mut place = || match random.choice(&marks) {
            Some(mark) if random.bool() => (mark + random.usize(..300))
                .saturating_sub(150)
                .min(bytes.len() - 1),
            _ => random.usize(..bytes.len()),
        };
        let (first, more) = (place(), [place(), place(), place()]);
        Some(match random.u8(..8) {
            0..2 => Self::EndsAt(first),
            2 => Self::Flips(more.map(|at| (at, random.u8(..8))).to_vec()),
            _ => Self::Flips(vec![(first, random.u8(..8))]),
        })
    }

    fn done(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::EndsAt(at) => bytes.truncate(*at),
            Self::Flips(flips) => {
                for (at, bit) in flips {
                    bytes[*at] ^= 1 << bit;
                }
            }
        }
        bytes
    }
}

/// Has a server save registrations of some kinds, and keys, and returns its files.
fn filled(plan: &Plan, folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let server = Server::start(plan, folder)?;
    let mut client = server.client()?;
    for code in [
        "GB('CommandReader').map(lambda r: r).register(trigger='kept', mode='sync')",
        "GB('KeysReader').foreach(lambda r: r).register(prefix='k*', mode='async_local')",
        "GB('StreamReader').foreach(lambda r: r).register(prefix='s*')",
        "GB('CommandReader').map(lambda r: call_next(*r[1:])).register(hook='hset', mode='sync')",
    ] {
        client.must(&["RG.PYEXECUTE", code])?;
    }
    client.must(&["SET", "k1", "v"])?;
    client.must(&["SAVE"])?;
    server.kill();
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    Ok(files)
}

/// Calls whatever registrations are left, and has them saved again.
fn use_all(server: &Server) -> Result<()> {
    let mut client = server.client()?;
    for words in [
        &["RG.DUMPREGISTRATIONS"][..],
        &["RG.PYDUMPSESSIONS", "VERBOSE"],
        &["INFO", "everything"],
        &["RG.TRIGGER", "kept"],
        &["SET", "k1", "v"],
        &["XADD", "s1", "*", "k", "v"],
        &["HSET", "h", "k", "v"],
        &["SAVE"],
    ] {
        // The server may be gone, which is looked at later.
        if client.text(words).is_err() {
            break;
        }
    }
    Ok(())
}

fn restore(folder: &Path, whole: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    let mut now = Vec::new();
    collect(folder, &mut now)?;
    for (path, _) in now {
        if !whole.iter().any(|(kept, _)| *kept == path) {
            fs::remove_file(path)?;
        }
    }
    for (path, bytes) in whole {
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Finds what a server has saved, below its folder too.
fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<()> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|suffix| suffix != "log") {
            match fs::read(&path) {
                Ok(bytes) => files.push((path, bytes)),
                // Temporary files come and go.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
