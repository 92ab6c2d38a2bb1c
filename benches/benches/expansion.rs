//! What the checks of the Python cost a build: a crate with 500 gears of 30 lines, with the feature `check` and without,
//! by a release-built macro; and what building the parser costs.
//!
//! Takes some minutes the first time, for it builds gears-runtime twice in a folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const GEARS: usize = 500;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` and lists of benchmarks have nothing to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package is in the workspace")
        .to_owned();
    let house = workspace.join("target/expansion");
    write_crate(&workspace, &house);
    for check in [true, false] {
        run(build(&house, check));
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with.push(expand(&house, true));
        without.push(expand(&house, false));
    }
    let (with, without) = (least(with), least(without));
    let each = with.saturating_sub(without).as_secs_f64() * 1000.0 / GEARS as f64;
    println!("{GEARS} gears of 30 lines, cargo check, the quickest of {ROUNDS}");
    println!("with the checks     {:6.2} s", with.as_secs_f64());
    println!("without them        {:6.2} s", without.as_secs_f64());
    println!("the checks, a gear  {each:6.3} ms");
    for package in ["gears-python", "gears-macros"] {
        println!(
            "{package}, clean build in debug {:6.1} s",
            clean_build(&workspace, &house, package).as_secs_f64()
        );
    }
}

/// Writes the crate; only what differs is written, so that a second run builds little.
fn write_crate(workspace: &Path, house: &Path) {
    let manifest = format!(
        "[package]\nname = \"expansion\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[features]\ncheck = \
         [\"gears-runtime/check\"]\n\n[dependencies]\ngears-runtime = {{ path = {:?}, default-features = false }}\n\n\
         [profile.dev.build-override]\nopt-level = 3\n\n[workspace]\n",
        workspace.join("gears-runtime")
    );
    let mut source =
        String::from("#![allow(dead_code)]\nuse gears_runtime::{Result, gear_command};\n");
    for number in 0..GEARS {
        let _ = write!(
            source,
            r##"
#[gear_command(requirements = ["requests"])]
fn page_{number}(url: &str, limit: u32, tags: Vec<String>) -> Result<String> {{
    r#"
    import json
    import requests

    def clean(text, most=limit):
        lines = [line.strip() for line in text.splitlines()]
        kept = [line for line in lines if line and not line.startswith(';')]
        return "\n".join(kept[:most])

    key = f"page:{{url}}:{number}"
    if cmd.exists(key):
        cmd.incr("hits")
        return cmd.get(key).decode()
    found = {{}}
    for tag in tags:
        score = execute("ZSCORE", "tags", tag)
        if score is None:
            log(f"unknown tag {{tag!r}}")
            continue
        found[tag] = float(score)
    try:
        response = requests.get(url, timeout=10)
    except requests.RequestException as error:
        log(f"no answer from {{url}}: {{error}}", level="warning")
        return json.dumps({{"error": str(error)}})
    total = sum(found.values()) or 1
    shares = {{tag: value / total for tag, value in found.items()}}
    text = clean(response.text)
    with atomic():
        cmd.set(key, text)
    return json.dumps({{"text": text, "shares": shares}})
    "#
}}
"##
        );
    }
    fs::create_dir_all(house.join("src")).expect("the target folder can be written");
    let lock = workspace.join("Cargo.lock");
    for (name, text) in [
        ("Cargo.toml", manifest),
        ("src/lib.rs", source),
        (
            "Cargo.lock",
            fs::read_to_string(lock).expect("the workspace has a lock file"),
        ),
    ] {
        let path = house.join(name);
        if fs::read_to_string(&path).ok().as_ref() != Some(&text)
            && !(name == "Cargo.lock" && path.exists())
        {
            fs::write(path, text).expect("the target folder can be written");
        }
    }
}

fn cargo(house: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(house)
        .env("CARGO_TARGET_DIR", house.join("target"))
        .env("CARGO_INCREMENTAL", "0");
    command
}

fn build(house: &Path, check: bool) -> Command {
    let mut command = cargo(house);
    command.args(["check", "--quiet"]);
    if check {
        command.args(["--features", "check"]);
    }
    command
}

fn run(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.status().expect("cargo runs");
    assert!(status.success(), "{command:?} failed");
    began.elapsed()
}

fn expand(house: &Path, check: bool) -> Duration {
    let source = house.join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("it was written");
    fs::write(source, text).expect("the target folder can be written");
    run(build(house, check))
}

fn clean_build(workspace: &Path, house: &Path, package: &str) -> Duration {
    let target: PathBuf = house.join("clean");
    if target.exists() {
        fs::remove_dir_all(&target).expect("the target folder can be written");
    }
    let mut command = cargo(workspace);
    command
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--quiet", "--package", package]);
    run(command)
}

/// What else runs on the machine can only add time.
fn least(times: Vec<Duration>) -> Duration {
    times.into_iter().min().expect("there are rounds")
}
