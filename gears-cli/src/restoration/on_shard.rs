//! Restoring on one shard.

use std::collections::HashMap;

use gears_runtime::{
    Gears,
    data::{Listed, RegistrationId, SessionQuery},
};

use super::Policy;
use crate::{
    dump::{Dump, Known, Saved},
    failure::{Code, Failure, Result},
    interrupt,
    output::Progress,
};

/// What restoring will do on one shard, session by session.
#[derive(Debug)]
pub(super) struct OnShard<'a> {
    gears: Gears,
    pub(super) before: Dump,
    pub(super) new: Vec<&'a Saved>,
    pub(super) replaced: Vec<&'a Saved>,
    pub(super) unchanged: Vec<&'a Saved>,
    /// The names of sessions that go.
    pub(super) removed: Vec<String>,
}

impl<'a> OnShard<'a> {
    /// Looks at the server and says what to do.
    ///
    /// # Errors
    ///
    /// A session is there already and may not be replaced, and what the server refuses.
    pub(super) fn plan(gears: &Gears, dump: &'a Dump, policy: Policy) -> Result<Self> {
        let before = Dump::of_server(gears)?;
        let theirs: HashMap<&str, &Saved> = before
            .sessions
            .iter()
            .map(|saved| (saved.id.as_str(), saved))
            .collect();
        let (mut new, mut replaced, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
        for saved in &dump.sessions {
            match theirs.get(saved.id.as_str()) {
                None => new.push(saved),
                Some(theirs) if *theirs == saved => unchanged.push(saved),
                Some(_) => replaced.push(saved),
            }
        }
        let there: Vec<&str> = replaced
            .iter()
            .chain(&unchanged)
            .map(|saved| saved.id.as_str())
            .collect();
        if policy == Policy::Append && !there.is_empty() {
            return Err(Failure::server(format!(
                "these sessions are there already: {}; nothing was restored",
                there.join(", ")
            ))
            .advice("--policy replace lets them take the place of those"));
        }
        let removed = match policy {
            Policy::Flush => before
                .sessions
                .iter()
                .filter(|theirs| dump.sessions.iter().all(|saved| saved.id != theirs.id))
                .map(|theirs| theirs.id.clone())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            gears: gears.clone(),
            before,
            new,
            replaced,
            unchanged,
            removed,
        })
    }

    /// Counts what there is to do.
    pub(super) fn steps(&self) -> usize {
        self.removed.len() + self.sessions().len()
    }

    /// Returns the sessions to install, in this order.
    ///
    /// Whatever is installed last is the newest version of its triggers. So older versions come first, and then what
    /// is there already as the newest is installed once more.
    fn sessions(&self) -> Vec<&Saved> {
        let coming = || self.new.iter().chain(&self.replaced).copied();
        let is_older = |saved: &&Saved| saved.retired().next().is_some();
        let older = coming().filter(is_older);
        let is_passed = |trigger: &str| {
            let mut retired = coming().flat_map(Saved::retired);
            let mut newest = coming().flat_map(Saved::newest);
            retired.any(|one| one == trigger) && newest.all(|one| one != trigger)
        };
        let stays = |theirs: &&Saved| {
            !self.removed.contains(&theirs.id) && coming().all(|saved| saved.id != theirs.id)
        };
        let there = self.before.sessions.iter().filter(stays);
        let passed = there.filter(|theirs| theirs.newest().any(is_passed));
        let newest = coming().filter(|saved| !is_older(saved));
        older.chain(passed).chain(newest).collect()
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// One session failed, or somebody interrupted: a part of it is done.
    pub(super) fn perform(&self, progress: &Progress) -> Result {
        let gears = &self.gears;
        for id in &self.removed {
            stop_if_interrupted()?;
            remove(gears, id)?;
            progress.step();
        }
        for saved in self.sessions() {
            stop_if_interrupted()?;
            progress.say(match saved.requirements() {
                [] => format!("restoring {}", saved.id),
                some => format!("restoring {}, installing {}", saved.id, some.join(", ")),
            });
            install(gears, saved).map_err(|failure| failure.about(&saved.id))?;
            progress.step();
        }
        stop_if_interrupted()
    }

    /// Makes the shard as it was; returns what failed.
    pub(super) fn put_back(&self) -> Vec<String> {
        let gears = &self.gears;
        let mut left = Vec::new();
        // First those that may hold triggers of the others.
        for saved in &self.new {
            if let Err(failure) = remove(gears, &saved.id) {
                left.push(format!("{}: {failure}", saved.id));
            }
        }
        // What is installed last is the newest version again.
        let mut theirs: Vec<&Saved> = self.before.sessions.iter().collect();
        theirs.sort_by_key(|theirs| theirs.retired().next().is_none());
        for theirs in theirs {
            let touched = self.removed.contains(&theirs.id)
                || theirs.has_versions()
                || self.replaced.iter().any(|saved| saved.id == theirs.id);
            // Some were not touched yet.
            if touched
                && !is_there(gears, theirs)
                && let Err(failure) = install(gears, theirs)
            {
                left.push(format!("{}: {failure}", theirs.id));
            }
        }
        left
    }
}

fn stop_if_interrupted() -> Result {
    if interrupt::happened() {
        return Err(Failure::new(Code::Interrupted, "interrupted"));
    }
    Ok(())
}

/// Registers a session, and takes out what of it had been taken out before.
fn install(gears: &Gears, saved: &Saved) -> Result {
    gears.execute(&saved.script())?.into_result()?;
    let mut wanted = saved.registrations.clone();
    for (known, id) in registered(gears, &saved.id)? {
        match wanted.iter().position(|one| one.is_same(&known)) {
            Some(index) => drop(wanted.swap_remove(index)),
            None => gears.unregister(id)?,
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Code::Failed,
        format!("its script did not register {}", Known::names(&wanted)),
    ))
}

fn remove(gears: &Gears, session: &str) -> Result {
    for (_, id) in registered(gears, session)? {
        gears.unregister(id)?;
    }
    Ok(())
}

fn registered(gears: &Gears, session: &str) -> Result<Vec<(Known, RegistrationId)>> {
    let query = SessionQuery::new().verbose().only([session]);
    let sessions = gears.py_dump_sessions(&query)?.sessions;
    let all = sessions.iter().flat_map(|session| &session.registrations);
    Ok(all
        .filter_map(Listed::full)
        .map(|one| (Known::from(one), one.id.clone()))
        .collect())
}

fn is_there(gears: &Gears, saved: &Saved) -> bool {
    Dump::of_server(gears).is_ok_and(|now| now.sessions.iter().any(|session| session == saved))
}
