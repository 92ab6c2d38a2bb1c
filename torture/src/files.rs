//! Damaged files: bits that flipped and ends that are missing.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::report::Report;
use crate::server::{Plan, Server, Start};

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    for (name, options) in [
        ("dump file", &[][..]),
        ("append-only file", &["--appendonly", "yes"]),
    ] {
        let plan = plan.with(options);
        let folder = tempfile::tempdir()?;
        fill(&plan, folder.path())?;
        let mut files = Vec::new();
        collect(folder.path(), &mut files)?;
        let until = Instant::now() + time / 2;
        while Instant::now() < until && !files.is_empty() {
            let chosen = random.usize(..files.len());
            let whole = fs::read(&files[chosen])?;
            if whole.is_empty() {
                files.swap_remove(chosen);
                continue;
            }
            let mut damaged = whole.clone();
            let at = random.usize(..whole.len());
            if random.u8(..4) == 0 {
                damaged.truncate(at);
            } else {
                damaged[at] ^= 1 << random.u8(..8);
            }
            fs::write(&files[chosen], &damaged)?;
            // The server may refuse what is damaged, with its reason. It may not crash, then or later.
            let log = folder.path().join("server.log");
            match Server::try_start(&plan, folder.path())? {
                Start::Runs(mut server) => {
                    let mut client = server.client()?;
                    for words in [
                        &["RG.DUMPREGISTRATIONS"][..],
                        &["RG.TRIGGER", "kept"],
                        &["SET", "k1", "v"],
                    ] {
                        let _ = client.text(words);
                    }
                    if !server.answers() {
                        report.find(&format!(
                            "a damaged {name} at {at} (seed {seed}):\n{}",
                            server.last_words()
                        ));
                    }
                    report.count(&format!("damaged {name}s loaded"), 1);
                }
                Start::Ended => report.count(&format!("damaged {name}s refused"), 1),
                Start::Hangs => {
                    report.find(&format!("a hang on a damaged {name} at {at} (seed {seed})"))
                }
            }
            let log = fs::read(log).unwrap_or_default();
            if String::from_utf8_lossy(&log).contains("crashed by signal") {
                report.find(&format!(
                    "a crash on a damaged {name} at {at} (seed {seed})"
                ));
            }
            // A server can have written to its files: all of them are made anew.
            for entry in fs::read_dir(folder.path())? {
                let path = entry?.path();
                let _ = if path.is_dir() {
                    fs::remove_dir_all(path)
                } else {
                    fs::remove_file(path)
                };
            }
            fill(&plan, folder.path())?;
            files.clear();
            collect(folder.path(), &mut files)?;
        }
    }
    Ok(())
}

/// Has a server save registrations of some kinds, and keys.
fn fill(plan: &Plan, folder: &Path) -> Result<()> {
    let server = Server::start(plan, folder)?;
    let mut client = server.client()?;
    for code in [
        "GB('CommandReader').map(lambda r: r).register(trigger='kept', mode='sync')",
        "GB('KeysReader').foreach(lambda r: r).register(prefix='k*', mode='async_local')",
        "GB('StreamReader').foreach(lambda r: r).register(prefix='s*')",
    ] {
        client.text(&["RG.PYEXECUTE", code])?;
    }
    client.text(&["SET", "k1", "v"])?;
    client.text(&["SAVE"])?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|suffix| suffix == "rdb" || suffix == "aof")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}
