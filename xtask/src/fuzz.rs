//! `cargo xtask fuzz`: tries texts on gears-python that coverage leads to.
//!
//! libFuzzer finds the inputs. What it needs of the compiler, stable Rust has too; only the sanitizers, which this code
//! without `unsafe` has no use for, would take a nightly one.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::workspace::Workspace;

/// What makes the compiler count what an input reaches.
const INSTRUMENTS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// How long a run takes that nobody gave a time.
const SHORT: u64 = 20;

/// Where the Python is that inputs are made of.
const SOURCES: [&str; 5] = [
    "ui-tests/tests",
    "tests",
    "examples",
    "gears-python/tests",
    "editors/python",
];

/// Runs `cargo xtask fuzz` with its arguments: nothing, a number of seconds, or files to try again.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    if find_compiler().is_none() {
        return Err(NO_COMPILER.into());
    }
    let fuzzer = build(workspace)?;
    match arguments {
        [] => fuzz(workspace, &fuzzer, SHORT),
        [seconds] if seconds.parse::<u64>().is_ok() => {
            fuzz(workspace, &fuzzer, seconds.parse().unwrap_or(SHORT))
        }
        files => process::run(Command::new(fuzzer).args(files)),
    }
}

/// Fuzzes for a short while, where a C++ compiler can build libFuzzer.
pub(crate) fn run_short(workspace: &Workspace) -> Result {
    if find_compiler().is_none() {
        eprintln!("    {NO_COMPILER}; the tests of gears-python tried random texts all the same");
        return Ok(());
    }
    run(workspace, &[])
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

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = host()?;
    let target = workspace.target.join("fuzz");
    // With `--target`, build scripts and macros are left without instruments.
    let mut cargo = workspace.cargo(&[
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--target",
        &host,
    ]);
    cargo
        .args(["--manifest-path", "fuzz/Cargo.toml", "--target-dir"])
        .arg(&target)
        .env("RUSTFLAGS", INSTRUMENTS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut cargo)?;
    Ok(target.join(host).join("release").join("check"))
}

fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = process::capture(Command::new(rustc).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .ok_or("rustc does not say which machine it runs on")?
        .to_owned())
}

fn fuzz(workspace: &Workspace, fuzzer: &Path, seconds: u64) -> Result {
    let house = workspace.target.join("fuzz");
    let [seeds, corpus, artifacts] = ["seeds", "corpus", "artifacts"].map(|name| house.join(name));
    for folder in [&seeds, &corpus, &artifacts] {
        fs::create_dir_all(folder)?;
    }
    plant(&workspace.root, &seeds)?;
    let before = files(&artifacts)?;
    let mut command = Command::new(fuzzer);
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!(
            "-dict={}",
            workspace.root.join("fuzz/python.dict").display()
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
        Some(found) => Err(report(found).into()),
        None => outcome,
    }
}

/// Shows an input that broke something, and how to try it again.
fn report(found: &Path) -> String {
    let input = fs::read(found).unwrap_or_default();
    let text = String::from_utf8_lossy(input.get(1..).unwrap_or_default());
    let shown: String = text.chars().take(2_000).collect();
    format!(
        "gears-python breaks on this text:\n{shown:?}\ntry it again with `cargo xtask fuzz {}`",
        found.display()
    )
}

fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).collect())
}

/// Writes the Python of this checkout's tests as inputs to begin with.
fn plant(root: &Path, seeds: &Path) -> Result {
    let mut texts = BTreeSet::new();
    for source in SOURCES {
        collect(&root.join(source), &mut texts)?;
    }
    if texts.len() < 100 {
        return Err(format!("only {} pieces of Python are in {SOURCES:?}", texts.len()).into());
    }
    for (number, text) in texts.iter().enumerate() {
        // The first byte says which version of Python.
        let mut input = vec![(number % 8) as u8];
        input.extend_from_slice(text.as_bytes());
        fs::write(seeds.join(format!("{number:04}")), input)?;
    }
    Ok(())
}

fn collect(folder: &Path, texts: &mut BTreeSet<String>) -> Result {
    for path in files(folder)? {
        if path.is_dir() {
            collect(&path, texts)?;
            continue;
        }
        match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("py") => texts.extend(fs::read_to_string(&path)),
            Some("rs") => texts.extend(raw_strings(&fs::read_to_string(&path)?)),
            _ => {}
        }
    }
    texts.retain(|text| text.len() < 4_096);
    Ok(())
}

fn raw_strings(source: &str) -> Vec<String> {
    source
        .split("r#\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"#"))
        .map(|(text, _)| text.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_strings_are_found() {
        let source = "fn f() { r#\"return 1\"# } fn g() { \"no\"; r#\"\nx\n\"# } r#\"open";
        assert_eq!(raw_strings(source), ["return 1", "\nx\n"]);
    }

    #[test]
    fn inputs_come_from_the_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut texts = BTreeSet::new();
        for source in SOURCES {
            collect(&root.join(source), &mut texts).unwrap();
        }
        assert!(texts.len() > 100, "{}", texts.len());
        assert!(texts.iter().any(|text| text.contains("return ")));
    }

    #[test]
    fn a_find_is_shown_with_the_way_to_repeat_it() {
        let folder = std::env::temp_dir().join(format!("gears-fuzz-{}", std::process::id()));
        fs::write(&folder, b"\x03return\n\0").unwrap();
        let told = report(&folder);
        fs::remove_file(&folder).unwrap();
        assert!(told.contains("\"return\\n\\0\""), "{told}");
        assert!(
            told.contains(&format!("cargo xtask fuzz {}", folder.display())),
            "{told}"
        );
    }
}
