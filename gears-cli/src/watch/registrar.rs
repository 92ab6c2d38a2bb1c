//! Puts a script on the server in the place of what it was before.

use std::collections::BTreeSet;

use gears_runtime::{
    Gears, Script,
    data::{ExecutionResult, Listed, Registration, Session, SessionQuery},
};

use super::{
    folder::Root,
    held::{self, Held},
    link::{Link, Outcome},
    script::Content,
    trouble::Trouble,
};

/// What came of putting a script on the server.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) held: Held,
    /// What it registered, for people.
    pub(super) names: String,
    /// What it returned; nothing when it goes on.
    pub(super) results: Option<ExecutionResult>,
    /// The execution that goes on.
    pub(super) started: Option<String>,
}

impl Applied {
    /// Tells whether records of it failed.
    pub(super) fn has_failed(&self) -> bool {
        let results = self.results.as_ref();
        results.is_some_and(|done| !done.is_ok())
    }
}

/// What a script is to take the place of.
#[derive(Clone, Copy, Default)]
pub(super) struct Old<'o> {
    /// What it was before.
    pub(super) held: Option<&'o Held>,
    /// Its text before, where it is known.
    pub(super) content: Option<&'o Content>,
    /// The same script under another name, which is gone.
    pub(super) moved: Option<&'o Held>,
}

/// A script that was not put on the server, and what is there of it now when that changed.
pub(super) struct Refusal {
    pub(super) trouble: Trouble,
    pub(super) held: Option<Box<Held>>,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        let held = None;
        Self { trouble, held }
    }
}

/// Runs a script. When it fails, what was there before stays, or is put back.
pub(super) fn apply(
    link: &Link,
    root: &Root,
    name: &str,
    content: &Content,
    old: Old<'_>,
) -> Result<Applied, Refusal> {
    if link.has_sessions {
        Ok(replace(link, root, name, content, old)?)
    } else {
        succeed(link, content, old)
    }
}

/// With sessions: the server takes the old registrations out and the new ones in, in one step.
///
/// Every primary of a cluster gets the script, unless it has it already from another one.
fn replace(
    link: &Link,
    root: &Root,
    name: &str,
    content: &Content,
    old: Old<'_>,
) -> Result<Applied, Trouble> {
    let session = root.session(name);
    let moved = old.moved.and_then(|moved| moved.session.as_ref());
    let mut applied = None;
    for (shard, gears) in &link.shards {
        // One server is known already; others are asked.
        let (mut is_there, mut was_there) = (old.held.is_some(), moved.is_some());
        if applied.is_some() || old.held.is_some_and(|held| held.digest.is_empty()) {
            let query = SessionQuery::new().only([&session]).only(moved);
            let listed = gears.py_dump_sessions(&query)?.sessions;
            if listed.iter().any(|one| is_of(one, &session, content)) && applied.is_some() {
                continue;
            }
            is_there = listed.iter().any(|one| one.id == session);
            was_there = listed.iter().any(|one| Some(&one.id) == moved);
        }
        let script = script(content)
            .session(&session)
            .description(held::description(
                &content.path.display().to_string(),
                &content.digest,
            ));
        let script = match moved.filter(|_| was_there && !is_there) {
            Some(moved) => script.replace_with(moved),
            None => script.upgrade(),
        };
        let outcome = match link.execute(gears, script, content) {
            Err(Trouble::Refused(failure)) if applied.is_some() => {
                return Err(Trouble::Refused(
                    failure.about(&format!("the shard {shard} refused what others took")),
                ));
            }
            outcome => outcome?,
        };
        if applied.is_none() {
            let new = first(gears, &session, content, outcome)?;
            let registers = !new.held.registrations.is_empty();
            applied = Some(new);
            if !registers {
                break;
            }
        }
    }
    let Some(applied) = applied else {
        return Err(Trouble::away("the cluster has no shards"));
    };
    if applied.held.registrations.is_empty() {
        // It registers nothing, so the server left what it had registered before.
        for old in [old.held, old.moved].into_iter().flatten() {
            link.unregister(old)?;
        }
    }
    Ok(applied)
}

/// Tells what the first shard has of a script that ran there.
fn first(
    gears: &Gears,
    session: &str,
    content: &Content,
    outcome: Outcome,
) -> Result<Applied, Trouble> {
    let query = SessionQuery::new().verbose().only([session]);
    let listed = gears.py_dump_sessions(&query)?.sessions;
    let mut applied = Applied::of(content, outcome);
    if let Some(listed) = listed.iter().find(|one| is_of(one, session, content)) {
        applied.held.registrations = held::ids(listed);
        let registrations = listed.registrations.iter().filter_map(Listed::full);
        applied.names = held::names(registrations);
    }
    applied.held.session = Some(session.to_owned());
    Ok(applied)
}

fn is_of(listed: &Session, session: &str, content: &Content) -> bool {
    listed.id == session && held::digest(listed) == Some(content.digest.as_str())
}

/// Without sessions, as the manual's tool works: the old registrations go, then the new ones come.
fn succeed(link: &Link, content: &Content, old: Old<'_>) -> Result<Applied, Refusal> {
    let mut gone = false;
    for old in [old.held, old.moved].into_iter().flatten() {
        link.unregister(old)?;
        gone |= !old.registrations.is_empty();
    }
    let before = link.registered()?;
    let trouble = match link.execute(&link.gears, script(content), content) {
        Ok(outcome) => {
            let new = since(link, &before)?;
            let mut applied = Applied::of(content, outcome);
            applied.names = held::names(new.iter());
            applied.held.registrations = ids(&new);
            return Ok(applied);
        }
        Err(trouble) => trouble,
    };
    let held = |digest: &str| -> Result<Option<Box<Held>>, Trouble> {
        Ok(Some(Box::new(Held {
            digest: digest.to_owned(),
            session: None,
            registrations: ids(&since(link, &before)?),
        })))
    };
    match trouble {
        // The server goes on with what it was given.
        Trouble::Interrupted => Err(Refusal {
            held: held(&content.digest)?,
            trouble,
        }),
        Trouble::Refused(failure) if gone => {
            let (held, what) = match old.content {
                // Its file has changed, so nobody waits for what it runs.
                Some(old) => match link.execute(&link.gears, script(old), &old.left_alone()) {
                    Ok(_) => (
                        held(&old.digest)?,
                        "what was registered before was registered again",
                    ),
                    Err(_) => (
                        Some(Box::default()),
                        "what was registered before could not be put back",
                    ),
                },
                None => (
                    Some(Box::default()),
                    "this server cannot replace registrations: what was registered before is gone",
                ),
            };
            let trouble = Trouble::Refused(failure.and(what));
            Err(Refusal { trouble, held })
        }
        trouble => Err(trouble.into()),
    }
}

fn since(link: &Link, before: &BTreeSet<String>) -> Result<Vec<Registration>, Trouble> {
    let mut all = link.gears.dump_registrations()?;
    all.retain(|one| !before.contains(one.id.as_str()));
    Ok(all)
}

fn ids(registrations: &[Registration]) -> Vec<String> {
    let ids = registrations.iter().map(|one| one.id.as_str().to_owned());
    ids.collect()
}

fn script(content: &Content) -> Script {
    Script::from_source(content.text.clone()).requirements(content.requirements.clone())
}

impl Applied {
    fn of(content: &Content, outcome: Outcome) -> Self {
        let (results, started) = match outcome {
            Outcome::Done(results) => (Some(results), None),
            Outcome::Started(id) => (None, Some(id)),
        };
        Self {
            held: Held {
                digest: content.digest.clone(),
                ..Held::default()
            },
            names: String::new(),
            results,
            started,
        }
    }
}
