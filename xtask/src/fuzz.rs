//! `cargo xtask fuzz`: tries inputs that coverage leads to, on what reads what others have written.
//!
//! libFuzzer finds the inputs. What it needs of the compiler, stable Rust has too; only the sanitizers, which this code
//! without `unsafe` has no use for, would take a nightly one.

mod seeds;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::setup;
use crate::toolchain;
use crate::workspace::{Profile, Workspace};

/// What makes the compiler count what an input reaches.
const INSTRUMENTS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// How long each target runs when nobody gives a time.
const SHORT: u64 = 10;

/// How long each target runs beside suites, with which it shares the processors.
const BESIDE: u64 = 15;

/// A program of `fuzz/fuzz_targets`.
struct Target {
    name: &'static str,
    /// What it tries inputs on.
    what: &'static str,
    /// The words that inputs are made of, in `fuzz`.
    words: &'static str,
    /// Writes inputs to begin with, where there are some.
    plant: fn(root: &Path, seeds: &Path) -> Result,
}

const TARGETS: [Target; 2] = [
    Target {
        name: "check",
        what: "gears-python",
        words: "python.dict",
        plant: seeds::plant,
    },
    Target {
        name: "shards",
        what: "what reads from other shards",
        words: "shards.dict",
        plant: |_, _| Ok(()),
    },
];

/// Runs `cargo xtask fuzz` with its arguments: the name of a target or nothing, then nothing, a number of seconds, or files
/// to try again.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let (targets, rest) = chosen(arguments);
    let seconds = match rest {
        [] => Some(SHORT),
        [seconds] => seconds.parse().ok(),
        _ => None,
    };
    match (seconds, targets) {
        (Some(seconds), targets) => fuzz_all(workspace, &setup::run(workspace)?, targets, seconds),
        (None, [target]) => {
            let fuzzers = build(workspace, &setup::run(workspace)?)?;
            process::run(Command::new(fuzzers.join(target.name)).args(rest))
        }
        (None, _) => {
            let names = TARGETS.map(|target| target.name).join(" or ");
            Err(format!("say which target shall try these files: {names}").into())
        }
    }
}

/// Fuzzes for a short while, where a C++ compiler can build libFuzzer.
pub(crate) fn run_short(workspace: &Workspace, kit: &Kit) -> Result {
    if find_compiler().is_none() {
        eprintln!("    {NO_COMPILER}; the tests tried random inputs all the same");
        return Ok(());
    }
    fuzz_all(workspace, kit, &TARGETS, BESIDE)
}

/// Takes the name of a target from the arguments; without one, all are meant.
fn chosen(arguments: &[String]) -> (&'static [Target], &[String]) {
    let named = arguments.split_first().and_then(|(name, rest)| {
        let place = TARGETS.iter().position(|target| target.name == name)?;
        Some((&TARGETS[place..=place], rest))
    });
    named.unwrap_or((&TARGETS, arguments))
}

fn fuzz_all(workspace: &Workspace, kit: &Kit, targets: &[Target], seconds: u64) -> Result {
    let fuzzers = build(workspace, kit)?;
    targets
        .iter()
        .try_for_each(|target| fuzz(workspace, target, &fuzzers, seconds))
}

const NO_COMPILER: &str = "fuzzing needs a C++ compiler for libFuzzer, and there is none: install \
    g++ or clang++, or name one in CXX";

fn find_compiler() -> Option<PathBuf> {
    let named = env::var_os("CXX").map(PathBuf::from);
    named.or_else(|| {
        ["c++", "g++", "clang++"]
            .into_iter()
            .find_map(process::find_program)
    })
}

/// Builds the targets and returns where they are.
fn build(workspace: &Workspace, kit: &Kit) -> Result<PathBuf> {
    if find_compiler().is_none() {
        return Err(NO_COMPILER.into());
    }
    let host = toolchain::host()?;
    let target = workspace.target.join("fuzz");
    // With `--target`, build scripts and macros are left without instruments.
    let words = ["build", "--quiet", "--release", "--locked", "--target"];
    let mut cargo = kit.cargo(workspace, Profile::Release, &words);
    cargo
        .args([&host, "--manifest-path", "fuzz/Cargo.toml", "--target-dir"])
        .arg(&target)
        .env("RUSTFLAGS", INSTRUMENTS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut cargo)?;
    Ok(target.join(host).join("release"))
}

fn fuzz(workspace: &Workspace, target: &Target, fuzzers: &Path, seconds: u64) -> Result {
    let house = workspace.target.join("fuzz").join(target.name);
    let [seeds, corpus, artifacts] = ["seeds", "corpus", "artifacts"].map(|name| house.join(name));
    for folder in [&seeds, &corpus, &artifacts] {
        fs::create_dir_all(folder)?;
    }
    (target.plant)(&workspace.root, &seeds)?;
    let before = files(&artifacts)?;
    let mut command = Command::new(fuzzers.join(target.name));
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!(
            "-dict={}",
            workspace.root.join("fuzz").join(target.words).display()
        ))
        // The same run again begins the same way; inputs stay small, for what is long is tried elsewhere.
        .args([
            "-seed=1",
            "-max_len=4096",
            "-timeout=10",
            "-rss_limit_mb=4096",
            "-verbosity=0",
        ])
        .arg(&corpus)
        .arg(&seeds);
    let outcome = process::run(&mut command);
    match files(&artifacts)?.difference(&before).next() {
        Some(found) => Err(report(target, found).into()),
        None => outcome,
    }
}

/// Shows an input that broke something, and how to try it again.
fn report(target: &Target, found: &Path) -> String {
    let input = fs::read(found).unwrap_or_default();
    let text = String::from_utf8_lossy(input.get(1..).unwrap_or_default());
    let shown: String = text.chars().take(2_000).collect();
    format!(
        "{} breaks on this input:\n{shown:?}\ntry it again with `cargo xtask fuzz {} {}`",
        target.what,
        target.name,
        found.display()
    )
}

fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_may_be_named() {
        for (arguments, names, rest) in [
            (&[][..], &["check", "shards"][..], 0),
            (&["60"], &["check", "shards"], 1),
            (&["shards"], &["shards"], 0),
            (&["check", "a", "b"], &["check"], 2),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&one| one.to_owned()).collect();
            let (targets, behind) = chosen(&arguments);
            let named: Vec<_> = targets.iter().map(|target| target.name).collect();
            assert_eq!((&named[..], behind.len()), (names, rest));
        }
    }

    #[test]
    fn a_find_is_shown_with_the_way_to_repeat_it() {
        let folder = std::env::temp_dir().join(format!("gears-fuzz-{}", std::process::id()));
        fs::write(&folder, b"\x03return\n\0").unwrap();
        let told = report(&TARGETS[0], &folder);
        fs::remove_file(&folder).unwrap();
        assert!(told.contains("\"return\\n\\0\""), "{told}");
        assert!(
            told.contains(&format!("cargo xtask fuzz check {}", folder.display())),
            "{told}"
        );
    }
}
