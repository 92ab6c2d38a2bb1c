//! What an attack says at its end.

use std::time::Instant;

pub(crate) struct Report {
    name: &'static str,
    start: Instant,
    counts: Vec<(String, u64)>,
    finds: u64,
}

impl Report {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            start: Instant::now(),
            counts: Vec::new(),
            finds: 0,
        }
    }

    pub(crate) fn count(&mut self, what: &str, more: u64) {
        match self.counts.iter_mut().find(|(name, _)| name == what) {
            Some((_, count)) => *count += more,
            None => self.counts.push((what.to_owned(), more)),
        }
    }

    pub(crate) fn find(&mut self, text: &str) {
        self.finds += 1;
        eprintln!("FIND by {}: {text}", self.name);
    }

    /// How many there were so far.
    pub(crate) fn finds(&self) -> u64 {
        self.finds
    }

    /// Another for the same attack, which goes on at the same time.
    pub(crate) fn beside(&self) -> Self {
        Self::new(self.name)
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, count) in other.counts {
            self.count(&what, count);
        }
        self.finds += other.finds;
    }

    /// Prints the one line, and returns the number of finds.
    pub(crate) fn end(self, seed: u64, version: &str) -> u64 {
        let counts: Vec<String> = self
            .counts
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        println!(
            "{}: {}, {} finds, {:.0} s, seed {seed}, {version}",
            self.name,
            counts.join(", "),
            self.finds,
            self.start.elapsed().as_secs_f64(),
        );
        self.finds
    }
}
