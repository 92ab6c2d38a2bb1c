//! Says what is going on and how long it took.

use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::Result;

/// Runs one stage between two lines: what starts and how long it may take, and
/// how long it did take.
pub(crate) fn stage<T>(
    name: &str,
    expectation: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    if expectation.is_empty() {
        eprintln!("==> {name} …");
    } else {
        eprintln!("==> {name}, {expectation} …");
    }
    let result = work();
    let took = Seconds(start.elapsed());
    match &result {
        Ok(_) => eprintln!("==> {name}: done in {took}"),
        Err(_) => eprintln!("==> {name}: failed after {took}"),
    }
    result
}

/// Shows a duration in seconds, with minutes when there are some.
pub(crate) struct Seconds(pub(crate) Duration);

impl Display for Seconds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs();
        if seconds >= 60 {
            write!(formatter, "{} min {} s", seconds / 60, seconds % 60)
        } else {
            write!(formatter, "{:.1} s", self.0.as_secs_f64())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(Seconds(Duration::from_millis(1_234)).to_string(), "1.2 s");
        assert_eq!(Seconds(Duration::from_secs(125)).to_string(), "2 min 5 s");
    }
}
