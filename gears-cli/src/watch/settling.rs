//! Files that change, until they rest.
//!
//! A file is taken when it has looked the same for a while: so nobody takes half of a file that is
//! being written, and ten savings in a second are one.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::folder::{Place, Scene, Stamp};

/// Which files have changed since they were taken, and since when they rest.
#[derive(Debug, Default)]
pub(super) struct Settling {
    taken: BTreeMap<Place, Stamp>,
    moving: BTreeMap<Place, Moving>,
}

#[derive(Debug)]
struct Moving {
    /// `None`: it is not there.
    stamp: Option<Stamp>,
    since: Instant,
    /// It has rested, and waits to be taken.
    rested: bool,
}

impl Settling {
    /// Looks at what is there now.
    pub(super) fn observe(&mut self, scene: &Scene, now: Instant) {
        for (place, file) in &scene.files {
            self.see(place, Some(file.stamp), now);
        }
        let gone: Vec<Place> = self
            .taken
            .keys()
            .chain(self.moving.keys())
            .filter(|place| !scene.files.contains_key(place) && scene.sees(place))
            .cloned()
            .collect();
        for place in gone {
            self.see(&place, None, now);
        }
    }

    fn see(&mut self, place: &Place, stamp: Option<Stamp>, now: Instant) {
        if self.taken.get(place).copied() == stamp && !self.is_rested(place) {
            self.moving.remove(place);
            return;
        }
        match self.moving.get_mut(place) {
            Some(moving) if moving.stamp == stamp => {}
            Some(moving) => {
                *moving = Moving {
                    stamp,
                    since: now,
                    rested: false,
                };
            }
            None => {
                let rested = false;
                let since = now;
                self.moving.insert(
                    place.clone(),
                    Moving {
                        stamp,
                        since,
                        rested,
                    },
                );
            }
        }
    }

    fn is_rested(&self, place: &Place) -> bool {
        self.moving.get(place).is_some_and(|moving| moving.rested)
    }

    /// Returns what has rested long enough.
    pub(super) fn due(&mut self, delay: Duration, now: Instant) -> Vec<Place> {
        for moving in self.moving.values_mut() {
            moving.rested |= now.saturating_duration_since(moving.since) >= delay;
        }
        let due = self.moving.iter().filter(|(_, moving)| moving.rested);
        due.map(|(place, _)| place.clone()).collect()
    }

    /// Returns when the next file will have rested.
    pub(super) fn next_due(&self, delay: Duration) -> Option<Instant> {
        self.moving
            .values()
            .map(|moving| moving.since + delay)
            .min()
    }

    /// Remembers that a file was taken as it looked then.
    pub(super) fn take(&mut self, place: &Place, stamp: Option<Stamp>) {
        self.moving.remove(place);
        match stamp {
            Some(stamp) => self.taken.insert(place.clone(), stamp),
            None => self.taken.remove(place),
        };
    }

    /// Begins a rest again: the file changed while it was read.
    pub(super) fn disturb(&mut self, place: &Place, now: Instant) {
        if let Some(moving) = self.moving.get_mut(place) {
            moving.since = now;
            moving.rested = false;
        }
    }

    /// Makes everything due that is there, at once.
    pub(super) fn renew(&mut self, scene: &Scene, now: Instant) {
        for (place, file) in &scene.files {
            let moving = Moving {
                stamp: Some(file.stamp),
                since: now,
                rested: true,
            };
            self.moving.insert(place.clone(), moving);
        }
    }

    /// Makes some files due, whatever they look like.
    pub(super) fn rouse(&mut self, places: impl Iterator<Item = (Place, Stamp)>, now: Instant) {
        for (place, stamp) in places {
            let moving = self.moving.entry(place).or_insert(Moving {
                stamp: Some(stamp),
                since: now,
                rested: true,
            });
            moving.rested |= moving.stamp == Some(stamp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_secs(5);

    fn stamp(length: u64) -> Stamp {
        Stamp {
            length,
            ..Stamp::default()
        }
    }

    fn scene(files: &[(&str, u64)]) -> Scene {
        let mut scene = Scene::default();
        for (name, length) in files {
            scene.add(Place::new(0, name), stamp(*length));
        }
        scene
    }

    #[test]
    fn file_is_due_once_it_rests() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut settling = Settling::default();
        settling.observe(&scene(&[("a", 1)]), at(0));
        settling.observe(&scene(&[("a", 2)]), at(3));
        assert!(
            settling.due(DELAY, at(6)).is_empty(),
            "it changed in between"
        );
        assert_eq!(settling.next_due(DELAY), Some(at(8)));
        let due = settling.due(DELAY, at(8));
        assert_eq!(due, [Place::new(0, "a")]);
        settling.take(&due[0], Some(stamp(2)));
        settling.observe(&scene(&[("a", 2)]), at(9));
        assert!(settling.due(DELAY, at(99)).is_empty(), "it is taken");
        // It goes, and comes back as it was before anybody cared.
        settling.observe(&scene(&[]), at(100));
        settling.observe(&scene(&[("a", 2)]), at(101));
        assert!(settling.due(DELAY, at(200)).is_empty());
        settling.observe(&scene(&[]), at(201));
        assert_eq!(settling.due(DELAY, at(206)).len(), 1);
        settling.take(&due[0], None);
        settling.observe(&scene(&[]), at(300));
        assert!(settling.due(DELAY, at(400)).is_empty());
    }

    #[test]
    fn what_is_out_of_sight_is_not_gone() {
        let now = Instant::now();
        let mut settling = Settling::default();
        settling.take(&Place::new(0, "deep/a"), Some(stamp(1)));
        let mut nothing = scene(&[]);
        nothing.cannot_see(0, "deep");
        settling.observe(&nothing, now);
        assert!(settling.due(Duration::ZERO, now).is_empty());
    }

    #[test]
    fn renewed_is_due_at_once_unless_it_changes_again() {
        let now = Instant::now();
        let mut settling = Settling::default();
        let old = scene(&[("a", 1), ("b", 1)]);
        for place in old.files.keys() {
            settling.take(place, Some(stamp(1)));
        }
        settling.renew(&old, now);
        settling.observe(&scene(&[("a", 1), ("b", 2)]), now);
        assert_eq!(settling.due(DELAY, now), [Place::new(0, "a")]);
        settling.disturb(&Place::new(0, "a"), now);
        assert!(settling.due(DELAY, now).is_empty());
    }
}
