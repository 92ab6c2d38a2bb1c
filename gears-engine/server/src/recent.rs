//! The few things that were asked for last.

/// How many there are.
const MOST: usize = 8;

/// What belongs to a few names, as they were spelt: the latest ones that were kept.
#[derive(Debug)]
pub struct Recent<T> {
    kept: Vec<(Box<[u8]>, T)>,
    /// Whose place the next one takes.
    next: usize,
}

impl<T> Recent<T> {
    /// Makes one that has nothing.
    pub const fn new() -> Self {
        Self {
            kept: Vec::new(),
            next: 0,
        }
    }

    /// Finds what belongs to a name.
    pub fn find(&self, name: &[u8]) -> Option<&T> {
        let found = self.kept.iter().find(|(other, _)| **other == *name);
        found.map(|(_, kept)| kept)
    }

    /// Keeps what belongs to a name that has nothing yet; returns what has to give its place.
    pub fn keep(&mut self, name: &[u8], kept: T) -> Option<T> {
        if self.kept.len() < MOST {
            self.kept.push((name.into(), kept));
            return None;
        }
        let place = &mut self.kept[self.next];
        self.next = (self.next + 1) % MOST;
        Some(std::mem::replace(place, (name.into(), kept)).1)
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_there_as_they_were_spelt() {
        let mut recent = Recent::new();
        let names: Vec<_> = (0..=MOST).map(|at| format!("NAME{at}")).collect();
        for (at, name) in names.iter().enumerate() {
            let gone = recent.keep(name.as_bytes(), at);
            assert_eq!(gone, (at == MOST).then_some(0));
        }
        assert_eq!(recent.find(names[0].as_bytes()), None);
        assert_eq!(recent.find(b"name1"), None);
        for (at, name) in names.iter().enumerate().skip(1) {
            assert_eq!(recent.find(name.as_bytes()), Some(&at));
        }
    }
}
