//! Restoring: all of a dump, or nothing of it.
//!
//! What the server holds is read first. When anything fails half-way, or somebody presses
//! Ctrl-C, it is put back.

use std::collections::HashMap;

use gears_runtime::{
    Gears,
    data::{Listed, RegistrationId, SessionQuery},
};

use crate::{
    dump::{Dump, Known, Saved},
    failure::{Code, Failure, Result},
    interrupt,
    output::Progress,
};

/// Says what happens to what the server has already, as `FUNCTION RESTORE` names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Policy {
    /// Refuse when a session of the dump is there already.
    Append,
    /// Let sessions of the dump take the place of those of the same name.
    Replace,
    /// Unregister all that is not in the dump, too.
    Flush,
}

/// What restoring will do, session by session.
#[derive(Debug)]
pub(crate) struct Restoration<'a> {
    before: Dump,
    pub(crate) new: Vec<&'a Saved>,
    pub(crate) replaced: Vec<&'a Saved>,
    pub(crate) unchanged: Vec<&'a Saved>,
    /// The names of sessions that go.
    pub(crate) removed: Vec<String>,
}

impl<'a> Restoration<'a> {
    /// Looks at the server and says what to do.
    ///
    /// # Errors
    ///
    /// A session is there already and may not be replaced, and what the server refuses.
    pub(crate) fn plan(gears: &Gears, dump: &'a Dump, policy: Policy) -> Result<Self> {
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
            before,
            new,
            replaced,
            unchanged,
            removed,
        })
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// One session failed, or somebody interrupted: all is as it was. Where even that failed,
    /// the failure says which sessions are not, and [`Broken::before`] holds them.
    pub(crate) fn perform(&self, gears: &Gears) -> Result<(), Broken> {
        let saved: Vec<&Saved> = self.new.iter().chain(&self.replaced).copied().collect();
        let progress = Progress::of(self.removed.len() + saved.len(), "restoring");
        let failure = match self.advance(gears, &saved, &progress) {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        drop(progress);
        let progress = Progress::spinner("putting back what was there");
        let left = self.put_back(gears);
        drop(progress);
        if left.is_empty() {
            let failure = failure.and("nothing was restored: all is as it was");
            return Err(Broken {
                failure,
                before: None,
            });
        }
        let failure = failure.and(&format!(
            "not all could be put back as it was: {}",
            left.join("; ")
        ));
        Err(Broken {
            failure,
            before: Some(self.before.clone()),
        })
    }

    fn advance(&self, gears: &Gears, saved: &[&Saved], progress: &Progress) -> Result {
        for id in &self.removed {
            stop_if_interrupted()?;
            remove(gears, id)?;
            progress.step();
        }
        for saved in saved {
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

    /// Makes the server as it was; returns what failed.
    fn put_back(&self, gears: &Gears) -> Vec<String> {
        let mut left = Vec::new();
        // First those that may hold triggers of the others.
        for saved in &self.new {
            if let Err(failure) = remove(gears, &saved.id) {
                left.push(format!("{}: {failure}", saved.id));
            }
        }
        for theirs in &self.before.sessions {
            let touched = self.removed.contains(&theirs.id)
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

/// Why restoring failed, and what is not on the server any more.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) before: Option<Dump>,
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
        match wanted.iter().position(|one| *one == known) {
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
