//! How long the command line takes to start, as a shell sees it.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 300;
const BOUND: Duration = Duration::from_millis(10);

fn main() {
    // `cargo test --benches` only looks whether it runs.
    let rounds = if std::env::args().any(|word| word == "--bench") {
        ROUNDS
    } else {
        3
    };
    for word in ["--version", "--help"] {
        let mut times: Vec<Duration> = (0..rounds).map(|_| start(word)).collect();
        times.sort_unstable();
        let (median, slow) = (times[rounds / 2], times[rounds * 99 / 100]);
        println!(
            "gears {word}: quickest {:?}, median {median:?}, 99 % {slow:?}",
            times[0]
        );
        assert!(times[0] < BOUND, "gears {word} takes more than {BOUND:?}");
    }
}

fn start(word: &str) -> Duration {
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_gears"))
        .arg(word)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("the binary starts").success());
    started.elapsed()
}
