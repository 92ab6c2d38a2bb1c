//! What the benchmarks share: comparing two ways to do a thing, and counting round trips.
//!
//! A ratio of two figures from separate runs says little on a machine that
//! does other things too. [`compare`] alternates short batches of both ways
//! and takes the median of the batches' ratios, so that what disturbs one
//! disturbs the other.

use std::time::{Duration, Instant};

pub mod proxy;

/// Batches of each way, of which the median counts.
const BATCHES: usize = 61;
/// How long a batch is to take.
const BATCH: Duration = Duration::from_millis(50);

/// Holds the outcome of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The median time of one call of the first way.
    pub bare: Duration,
    /// The median time of one call of the second way.
    pub ours: Duration,
    /// The median of the ratios of neighbouring batches, second to first.
    pub ratio: f64,
}

/// Compares two ways to do a thing; each function does it as often as it is told.
pub fn compare(mut bare: impl FnMut(u32), mut ours: impl FnMut(u32)) -> Comparison {
    // Warms up, and finds how many calls make a batch.
    let mut calls = 16;
    while time(&mut bare, calls) < BATCH {
        calls *= 2;
    }
    time(&mut ours, calls);
    let mut pairs = Vec::with_capacity(BATCHES);
    for batch in 0..BATCHES {
        // Whoever comes second finds warmer caches: take turns.
        if batch % 2 == 0 {
            let first = time(&mut bare, calls);
            pairs.push((first, time(&mut ours, calls)));
        } else {
            let first = time(&mut ours, calls);
            pairs.push((time(&mut bare, calls), first));
        }
    }
    Comparison {
        bare: median(pairs.iter().map(|(bare, _)| *bare / calls)),
        ours: median(pairs.iter().map(|(_, ours)| *ours / calls)),
        ratio: median(
            pairs
                .iter()
                .map(|(bare, ours)| Ratio(ours.as_secs_f64() / bare.as_secs_f64())),
        )
        .0,
    }
}

/// A ratio, ordered as numbers are.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Ratio(f64);

fn time(run: &mut impl FnMut(u32), calls: u32) -> Duration {
    let started = Instant::now();
    run(calls);
    started.elapsed()
}

fn median<T: Copy + PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|left, right| left.partial_cmp(right).expect("times are numbers"));
    values[values.len() / 2]
}
