//! How long executions take: a histogram that costs next to nothing.

use std::time::Duration;

/// Sub-buckets of one power of two, as bits: what is read off is at most an
/// eighth too long.
const FINE: u32 = 3;

/// Powers of two of a microsecond: up to about 13 days.
const POWERS: usize = 40;

const BUCKETS: usize = POWERS << FINE;

/// Counts of durations in microseconds, in buckets that grow with them.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Made with the first duration: registrations that never ran need none.
    buckets: Vec<u32>,
    count: u64,
}

impl Histogram {
    /// Counts a duration.
    pub fn record(&mut self, took: Duration) {
        if self.buckets.is_empty() {
            self.buckets = vec![0; BUCKETS];
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = &mut self.buckets[bucket_of(micros)];
        *bucket = bucket.saturating_add(1);
        self.count += 1;
    }

    /// Returns the microseconds within which that share of the executions
    /// ended; 0 if there were none.
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                return longest_in(index);
            }
        }
        0
    }
}

fn bucket_of(micros: u64) -> usize {
    let power = micros.checked_ilog2().unwrap_or(0);
    let index = if power <= FINE {
        // Each of the shortest durations has a bucket of its own.
        micros
    } else {
        let within = (micros >> (power - FINE)) & ((1 << FINE) - 1);
        (u64::from(power - FINE + 1) << FINE) + within
    };
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

fn longest_in(index: usize) -> u64 {
    let index = index as u64;
    if index < 2 << FINE {
        return index;
    }
    let shift = (index >> FINE) - 1;
    let within = (1 << FINE) + (index & ((1 << FINE) - 1));
    ((within + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_join_without_gaps() {
        for micros in 0..200_000 {
            let index = bucket_of(micros);
            assert!(longest_in(index) >= micros, "{micros}");
            assert!(index == 0 || longest_in(index - 1) < micros, "{micros}");
            assert!(longest_in(index) <= micros + micros / 8, "{micros}");
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_read_off() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), 0);
        for micros in 1..=100 {
            histogram.record(Duration::from_micros(micros));
        }
        assert_eq!(histogram.percentile(50), 51);
        assert_eq!(histogram.percentile(99), 103);
        assert_eq!(histogram.percentile(100), 103);
    }
}
