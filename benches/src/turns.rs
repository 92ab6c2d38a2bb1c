//! Commands that are compared under load, by taking turns.

use std::error::Error;

use crate::{load::Load, median};

/// A name, and the command that the load sends.
pub type Function = (&'static str, &'static [&'static str]);

/// The head of a table that [`compare`] writes.
pub fn head() {
    println!(
        "{:<12} {:>3} {:>11} {:>7} {:>15}",
        "function", "-P", "commands/s", "ratio", "its spread"
    );
}

/// Sends so many of each command, each client `pipeline` at once, in rounds in which all take
/// turns; prints the rates, and what they are to those of the first.
///
/// # Errors
///
/// As [`Load::rate`].
pub fn compare(
    load: &Load,
    functions: &[Function],
    (pipeline, requests): (u32, u32),
    count: usize,
) -> Result<(), Box<dyn Error>> {
    let mut rounds = Vec::with_capacity(count);
    for round in 0..count {
        let mut rates = vec![0.0; functions.len()];
        for turn in 0..functions.len() {
            // Everybody comes first once, and so on.
            let index = (round + turn) % functions.len();
            rates[index] = load.rate(pipeline, requests, functions[index].1)?;
        }
        rounds.push(rates);
    }
    for (index, (name, _)) in functions.iter().enumerate() {
        let ratios = || rounds.iter().map(|rates| rates[index] / rates[0]);
        println!(
            "{name:<12} {pipeline:>3} {:>11.0} {:>7.2} {:>6.2} to {:.2}",
            median(rounds.iter().map(|rates| rates[index])),
            median(ratios()),
            ratios().fold(f64::INFINITY, f64::min),
            ratios().fold(0.0, f64::max),
        );
    }
    Ok(())
}
