//! What the benchmarks share: comparing two ways to do a thing, counting round trips, load, and what
//! servers, their links and their other clients have of it.
//!
//! A ratio of two figures from separate runs says little on a machine that
//! does other things too. [`compare`] alternates short batches of both ways
//! and takes the median of the batches' ratios, so that what disturbs one
//! disturbs the other.

use std::time::{Duration, Instant};

pub mod blocking;
pub mod links;
pub mod load;
pub mod lua;
pub mod pings;
pub mod process;
pub mod proxy;
pub mod turns;

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
                .map(|(bare, ours)| ours.as_secs_f64() / bare.as_secs_f64()),
        ),
    }
}

/// Compares two ways to do a thing to what `prepare` makes; neither that nor dropping what they return counts.
pub fn compare_prepared<I, A, B>(
    prepare: impl Fn() -> I,
    bare: impl Fn(I) -> A,
    ours: impl Fn(I) -> B,
) -> Comparison {
    let first = || time_prepared(&prepare, &bare);
    let second = || time_prepared(&prepare, &ours);
    first();
    second();
    let pairs: Vec<(Duration, Duration)> = (0..BATCHES)
        .map(|batch| match batch % 2 {
            0 => (first(), second()),
            _ => {
                let ours = second();
                (first(), ours)
            }
        })
        .collect();
    let ratio = |(bare, ours): &(Duration, Duration)| ours.as_secs_f64() / bare.as_secs_f64();
    Comparison {
        bare: median(pairs.iter().map(|(bare, _)| *bare)),
        ours: median(pairs.iter().map(|(_, ours)| *ours)),
        ratio: median(pairs.iter().map(ratio)),
    }
}

fn time_prepared<I, O>(prepare: impl Fn() -> I, run: impl Fn(I) -> O) -> Duration {
    let input = prepare();
    let started = Instant::now();
    let output = run(input);
    let took = started.elapsed();
    drop(std::hint::black_box(output));
    took
}

fn time(run: &mut impl FnMut(u32), calls: u32) -> Duration {
    let started = Instant::now();
    run(calls);
    started.elapsed()
}

/// Returns the median of some figures.
///
/// # Panics
///
/// There are no figures, or one is not a number.
pub fn median<T: Copy + PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|left, right| left.partial_cmp(right).expect("figures are numbers"));
    values[values.len() / 2]
}
