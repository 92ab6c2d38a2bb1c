//! Numbers for tests that try things at random.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// Numbers that look random; the same for the same seed.
pub struct Numbers(u64);

impl Numbers {
    /// Takes the seed that `GEARS_SEED` names, or another one each time, and tells it.
    ///
    /// # Panics
    ///
    /// When `GEARS_SEED` is no number.
    pub fn any() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self::of(u64::from(now.subsec_nanos()) | 1)
    }

    /// Takes the seed that `GEARS_SEED` names, or this one, and tells it.
    ///
    /// # Panics
    ///
    /// When `GEARS_SEED` is no number.
    pub fn of(seed: u64) -> Self {
        let given = env::var("GEARS_SEED").ok().filter(|seed| !seed.is_empty());
        let seed = given.map_or(seed, |seed| {
            seed.parse().expect("GEARS_SEED is a number above 0")
        });
        eprintln!("GEARS_SEED={seed} does the same again");
        Self(seed)
    }

    /// Returns the next number below `end`.
    ///
    /// # Panics
    ///
    /// When `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end
    }

    /// Returns one of several.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn choose<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}
