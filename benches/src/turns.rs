//! Commands that are compared under load, by taking turns.

use std::error::Error;
use std::time::Duration;

use crate::{load::Load, median, process::Process};

/// A name, and the command that the load sends.
pub type Function = (&'static str, &'static [&'static str]);

/// The head of a table that [`compare`] writes.
pub fn head() {
    println!(
        "{:<12} {:>3} {:>11} {:>7} {:>15} {:>11}",
        "function", "-P", "commands/s", "ratio", "its spread", "server time"
    );
}

/// Sends so many of each command, each client `pipeline` at once, in rounds in which all take
/// turns; prints the rates, what they are to those of the first, and how long the server's threads ran
/// for a command.
///
/// # Errors
///
/// As [`Load::rate`] and [`Process::time`].
pub fn compare(
    load: &Load,
    server: Process,
    functions: &[Function],
    (pipeline, requests): (u32, u32),
    count: usize,
) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::with_capacity(count);
    for round in 0..count {
        let mut measured = vec![(0.0, Duration::ZERO); functions.len()];
        for turn in 0..functions.len() {
            // Everybody comes first once, and so on.
            let index = (round + turn) % functions.len();
            let before = server.time()?;
            let rate = load.rate(pipeline, requests, functions[index].1)?;
            measured[index] = (rate, (server.time()? - before) / requests);
        }
        rounds.push(measured);
    }
    for (index, (name, _)) in functions.iter().enumerate() {
        let ratios = || rounds.iter().map(|round| round[index].0 / round[0].0);
        println!(
            "{name:<12} {pipeline:>3} {:>11.0} {:>7.2} {:>6.2} to {:.2} {:>8.2} µs",
            median(rounds.iter().map(|round| round[index].0)),
            median(ratios()),
            ratios().fold(f64::INFINITY, f64::min),
            ratios().fold(0.0, f64::max),
            median(rounds.iter().map(|round| round[index].1)).as_secs_f64() * 1e6,
        );
    }
    Ok(())
}
