//! `cargo xtask matrix PATH…`: does the engine load and serve in these servers, and beside itself with these Pythons?

mod pythons;
mod wheels;

use std::path::{Path, PathBuf};

use self::pythons::{is_python, try_python};
use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::stage::stage;
use crate::trial::{self, Server};
use crate::workspace::{Profile, Workspace};

/// The word by which all tests that need a server are run on each of them, and all of the engine on each Python.
const TESTS: &str = "--tests";

/// The word by which the Python package is tried, for each Python in each server.
const WHEELS: &str = "--wheels";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    tests: bool,
    wheels: bool,
    paths: Vec<PathBuf>,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self::default();
        for word in arguments {
            match word.as_str() {
                TESTS => wish.tests = true,
                WHEELS => wish.wheels = true,
                word if word.starts_with('-') => {
                    return Err(format!("`{word}` is no option of `matrix`").into());
                }
                // Absolute, because the server starts in a folder of its own.
                path => wish.paths.push(std::path::absolute(path)?),
            }
        }
        if wish.paths.is_empty() {
            return Err("`matrix` needs the paths of the servers and Pythons to try".into());
        }
        if wish.tests && wish.wheels {
            return Err("`--tests` runs on the engine as cargo builds it, not on wheels".into());
        }
        Ok(wish)
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let wish = Wish::parse(arguments)?;
    let kit = setup::run(workspace)?;
    if !wish.wheels {
        return try_engine(workspace, &kit, &wish);
    }
    let table = wheels::try_wheels(workspace, &kit, &wish.paths)?;
    print!("{table}");
    table.verdict()
}

/// Tries the engine as cargo builds it.
fn try_engine(workspace: &Workspace, kit: &Kit, wish: &Wish) -> Result {
    stage(
        "building the engine",
        "about 120 s the first time, seconds later",
        || {
            process::run(&mut kit.cargo(
                workspace,
                Profile::Debug,
                &["build", "--package", "gears-engine"],
            ))
        },
    )?;
    let mut failed = 0;
    for program in &wish.paths {
        let tried = match is_python(program) {
            true => try_python(workspace, kit, program, wish.tests),
            false => try_server(program, &workspace.engine(Profile::Debug)).and_then(|told| {
                match wish.tests {
                    false => Ok(told),
                    true => test(workspace, kit, program).map(|()| told),
                }
            }),
        };
        let path = program.display();
        match tried {
            Ok(words) => println!("pass  {path}  {words}"),
            Err(error) => {
                println!("FAIL  {path}  {error}");
                failed += 1;
            }
        }
    }
    verdict(failed, wish.paths.len())
}

/// Is an error when something has failed.
fn verdict(failed: usize, tried: usize) -> Result {
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} of {tried} failed").into()),
    }
}

/// Runs the tests of the engine and of clusters on a server.
fn test(workspace: &Workspace, kit: &Kit, server: &Path) -> Result {
    let kit = Kit {
        server: server.to_owned(),
        ..kit.clone()
    };
    let words = [
        "test",
        "--package",
        "gears-tests",
        "--all-features",
        "--no-fail-fast",
        "--test",
        "engine",
        "--test",
        "cluster",
    ];
    process::run(&mut kit.cargo(workspace, Profile::Debug, &words))
}

/// Starts the server, calls a trigger, and says which versions answered.
fn try_server(program: &Path, engine: &Path) -> Result<String> {
    let told = Server::start(program, engine)?.ask(trial::SCRIPT)?;
    Ok(format!("{}, Python {}", told.server, told.python))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wish> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Wish::parse(&words)
    }

    #[test]
    fn options_and_paths_are_read() {
        let wish = parsed("--wheels /usr/bin/python3.11 /usr/bin/redis-server").unwrap();
        assert!(wish.wheels && !wish.tests);
        assert_eq!(wish.paths.len(), 2);
        assert!(parsed("redis-server --tests").unwrap().paths[0].is_absolute());
    }

    #[test]
    fn wrong_options_are_refused() {
        for line in ["", "--tests", "--wheel a", "--tests --wheels a"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
