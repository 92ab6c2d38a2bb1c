//! One turn: all scripts that have changed are put on the server.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    folder::{Place, Stamp},
    held::{Held, Holding},
    holding,
    link::Link,
    registrar::{self, Applied, Old},
    report,
    rules::Kind,
    script::{Content, Reading},
    trouble::Trouble,
    watcher::Watcher,
};
use crate::{failure::Failure, interrupt};

/// The scripts of one turn.
struct Turn {
    held: Holding,
    /// What the server holds of files that are gone.
    leaving: BTreeMap<Place, Held>,
    /// Scripts whose triggers others have, which may yet give them up.
    waiting: Vec<(Place, Box<Content>, Failure)>,
}

impl Watcher<'_> {
    /// Puts what has changed on the server; `all` compares everything that it holds.
    ///
    /// New scripts come first, then those that are gone go: what moved is there all the time.
    pub(super) fn round(
        &mut self,
        link: &mut Link,
        due: Vec<Place>,
        all: bool,
    ) -> Result<(), Trouble> {
        let journal = &self.journal;
        let lease = link.turn(|| {
            // It is told again where it matters.
            let _ = journal.tell(&report::waiting());
        })?;
        let (requirements, scripts) = self.sort(due);
        let only: Vec<Place> = scripts.iter().cloned().collect();
        let held = holding::read(link, &self.roots, (!all).then_some(&only), &self.known)?;
        let mut turn = Turn {
            leaving: self.leaving(&held, &scripts, all),
            waiting: Vec::new(),
            held,
        };
        let mut readings = Vec::new();
        for place in scripts {
            let reading = Reading::of(&place, &self.roots, &self.scene, &self.rules);
            readings.push((place, reading));
        }
        for (place, reading) in readings {
            if interrupt::happened() {
                return Err(Trouble::Interrupted);
            }
            self.one(link, &mut turn, place, reading, all)?;
        }
        for (place, held) in std::mem::take(&mut turn.leaving) {
            if interrupt::happened() {
                return Err(Trouble::Interrupted);
            }
            self.leave(link, &place, &held)?;
        }
        self.wait_for_triggers(link, &mut turn)?;
        for place in requirements {
            let scripts = self.scene.scripts_under(&place).count();
            if self.scene.files.contains_key(&place) {
                self.journal
                    .tell(&report::requirements(&place.name, scripts))?;
            }
            self.take(&place);
        }
        drop(lease);
        if let Some(failure) = link.lost.take() {
            self.journal.tell(&report::without_index(&failure))?;
        }
        Ok(())
    }

    /// Tells requirements from scripts; scripts follow what they require.
    fn sort(&mut self, due: Vec<Place>) -> (Vec<Place>, BTreeSet<Place>) {
        let is_script = |place: &Place| {
            let kind = self.rules.kind(std::path::Path::new(&place.name));
            kind == Some(Kind::Script)
        };
        let (scripts, requirements): (BTreeSet<_>, BTreeSet<_>) =
            due.into_iter().partition(is_script);
        let mut all = scripts;
        for place in &requirements {
            let roused: Vec<(Place, Stamp)> = self
                .scene
                .scripts_under(place)
                .map(|(script, found)| (script.clone(), found.stamp))
                .collect();
            all.extend(roused.iter().map(|(script, _)| script.clone()));
            self.settling
                .rouse(roused.into_iter(), std::time::Instant::now());
        }
        (requirements.into_iter().collect(), all)
    }

    /// Finds what the server holds of files that are gone.
    fn leaving(
        &self,
        held: &Holding,
        scripts: &BTreeSet<Place>,
        all: bool,
    ) -> BTreeMap<Place, Held> {
        let is_gone = |place: &Place| {
            let path = self.roots[place.root].path.join(&place.name);
            !self.scene.files.contains_key(place)
                && self.scene.sees(place)
                // One that is passed over now is somebody else's business.
                && !path.is_file()
        };
        held.iter()
            .filter(|(place, _)| (all || scripts.contains(place)) && is_gone(place))
            .map(|(place, held)| (place.clone(), held.clone()))
            .collect()
    }

    fn one(
        &mut self,
        link: &mut Link,
        turn: &mut Turn,
        place: Place,
        reading: Reading,
        all: bool,
    ) -> Result<(), Trouble> {
        let held = turn.held.get(&place);
        match reading {
            Reading::Script(content) => {
                if held.is_some_and(|held| held.digest == content.digest) && !(all && self.rerun) {
                    self.journal.tell(&report::unchanged(&place.name, all))?;
                    self.remember(link, &place, &content, turn.held[&place].clone())?;
                    self.take(&place);
                    return Ok(());
                }
                self.put(link, turn, place, content, true)?;
            }
            Reading::Empty => {
                self.journal
                    .tell(&report::empty(&place.name, held.is_some()))?;
                self.take(&place);
            }
            Reading::Broken(failure) => {
                let stays = held.is_some_and(|held| !held.registrations.is_empty());
                self.fail(&place, failure, stays)?;
            }
            Reading::Gone => self.take(&place),
            Reading::Restless => self.settling.disturb(&place, std::time::Instant::now()),
        }
        Ok(())
    }

    /// Puts a script on the server; tells whether it is settled what became of it.
    fn put(
        &mut self,
        link: &mut Link,
        turn: &mut Turn,
        place: Place,
        content: Box<Content>,
        may_wait: bool,
    ) -> Result<bool, Trouble> {
        let held = turn.held.get(&place).cloned();
        let moved = turn.leaving.iter().find(|(other, moved)| {
            held.is_none() && other.root == place.root && moved.digest == content.digest
        });
        let moved = moved.map(|(other, moved)| (other.clone(), moved.clone()));
        let old = Old {
            held: held.as_ref(),
            content: self.contents.get(&place),
            moved: moved.as_ref().map(|(_, moved)| moved),
        };
        if !content.requirements.is_empty() && self.installed != content.requirements {
            // It may take minutes.
            self.journal
                .tell(&report::installing(&content.requirements))?;
            self.installed.clone_from(&content.requirements);
        }
        let root = &self.roots[place.root];
        match registrar::apply(link, root, &place.name, &content, old) {
            Ok(applied) => {
                let stays = held.is_some_and(|held| !held.registrations.is_empty());
                let from = moved.as_ref().map(|(from, _)| from.name.as_str());
                self.succeed(link, &place, &content, applied, stays, from)?;
                if let Some((from, _)) = moved {
                    turn.leaving.remove(&from);
                    self.forget(link, &from)?;
                }
                Ok(true)
            }
            Err(refusal) => {
                if let Some(held) = refusal.held {
                    turn.held.insert(place.clone(), (*held).clone());
                    self.remember(link, &place, &content, *held)?;
                }
                match refusal.trouble {
                    Trouble::Refused(failure) if may_wait && failure.is_trigger_taken() => {
                        turn.waiting.push((place, content, failure));
                        Ok(false)
                    }
                    Trouble::Refused(failure) => {
                        let stays = turn.held.get(&place);
                        let stays = stays.is_some_and(|held| !held.registrations.is_empty());
                        self.fail(&place, failure, stays)?;
                        Ok(true)
                    }
                    trouble => Err(trouble),
                }
            }
        }
    }

    /// Tries again what found its trigger taken, as long as that helps any of them.
    fn wait_for_triggers(&mut self, link: &mut Link, turn: &mut Turn) -> Result<(), Trouble> {
        loop {
            let waiting = std::mem::take(&mut turn.waiting);
            let before = waiting.len();
            for (place, content, _) in waiting {
                if interrupt::happened() {
                    return Err(Trouble::Interrupted);
                }
                self.put(link, turn, place, content, true)?;
            }
            if turn.waiting.len() == before {
                break;
            }
        }
        for (place, _, failure) in std::mem::take(&mut turn.waiting) {
            let stays = turn.held.get(&place);
            let stays = stays.is_some_and(|held| !held.registrations.is_empty());
            self.fail(&place, failure, stays)?;
        }
        Ok(())
    }

    fn succeed(
        &mut self,
        link: &mut Link,
        place: &Place,
        content: &Content,
        applied: Applied,
        was_there: bool,
        from: Option<&str>,
    ) -> Result<(), Trouble> {
        let failed = applied.has_failed();
        self.failures += usize::from(failed);
        let mut held = applied.held.clone();
        if failed && held.registrations.is_empty() {
            // Whoever watches next runs it again.
            held.digest.clear();
        }
        // First, so that what is told to have run does not run again after the server is gone.
        let remembered = self.remember(link, place, content, held);
        report::applied(&self.journal, &place.name, &applied, was_there, from)?;
        remembered?;
        if !link.has_sessions {
            self.contents.insert(place.clone(), content.clone());
        }
        self.take(place);
        Ok(())
    }

    fn fail(&mut self, place: &Place, failure: Failure, stays: bool) -> Result<(), Trouble> {
        self.failures += 1;
        self.journal
            .tell(&report::failed(&place.name, &failure, stays))?;
        self.take(place);
        Ok(())
    }

    /// Unregisters what a file registered that is gone.
    fn leave(&mut self, link: &mut Link, place: &Place, held: &Held) -> Result<(), Trouble> {
        match link.unregister(held) {
            Ok(()) => {}
            Err(Trouble::Refused(failure)) => return self.fail(place, failure, true),
            Err(trouble) => return Err(trouble),
        }
        self.forget(link, place)?;
        let count = held.registrations.len();
        self.journal.tell(&report::left(&place.name, count))?;
        self.take(place);
        Ok(())
    }

    /// Writes the index.
    fn remember(
        &mut self,
        link: &mut Link,
        place: &Place,
        content: &Content,
        held: Held,
    ) -> Result<(), Trouble> {
        if self.known.get(place) == Some(&held) {
            return Ok(());
        }
        let entry = report::entry(content, &held);
        let root = &self.roots[place.root].id;
        link.index(|index| index.write(root, &place.name, &entry))?;
        self.known.insert(place.clone(), held);
        Ok(())
    }

    fn forget(&mut self, link: &mut Link, place: &Place) -> Result<(), Trouble> {
        let root = &self.roots[place.root].id;
        link.index(|index| index.forget(root, &place.name))?;
        self.known.remove(place);
        self.contents.remove(place);
        Ok(())
    }

    /// The file was taken as it looked when it was found.
    fn take(&mut self, place: &Place) {
        let stamp = self.scene.files.get(place).map(|found| found.stamp);
        self.settling.take(place, stamp);
    }
}
