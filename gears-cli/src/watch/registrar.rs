//! Puts a script on the server in the place of what it was before.

use std::collections::BTreeSet;

use gears_runtime::{
    Script,
    data::{ExecutionResult, Listed, Registration, SessionQuery},
};

use super::{
    folder::Root,
    holding::{self, Held},
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
    pub(super) held: Option<Held>,
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
fn replace(
    link: &Link,
    root: &Root,
    name: &str,
    content: &Content,
    old: Old<'_>,
) -> Result<Applied, Trouble> {
    let session = root.session(name);
    let path = content.path.display().to_string();
    let mut script = script(content)
        .session(&session)
        .description(holding::description(&path, &content.digest));
    let moved = old.moved.and_then(|moved| moved.session.as_ref());
    script = match moved {
        Some(moved) if old.held.is_none() => script.replace_with(moved),
        _ => script.upgrade(),
    };
    let outcome = link.execute(script, !content.unblocking)?;
    let query = SessionQuery::new().verbose().only([&session]);
    let listed = link.gears.py_dump_sessions(&query)?.sessions;
    let mut applied = Applied::of(content, outcome);
    let registered = listed
        .iter()
        .find(|one| one.id == session && holding::digest(one) == Some(content.digest.as_str()));
    if let Some(listed) = registered {
        applied.held.registrations = holding::ids(listed);
        let registrations = listed.registrations.iter().filter_map(Listed::full);
        applied.names = holding::names(registrations);
    } else {
        // It registers nothing, so the server left what it had registered before.
        for old in [old.held, old.moved].into_iter().flatten() {
            link.unregister(&old.registrations)?;
        }
    }
    applied.held.session = Some(session);
    Ok(applied)
}

/// Without sessions, as the manual's tool works: the old registrations go, then the new ones come.
fn succeed(link: &Link, content: &Content, old: Old<'_>) -> Result<Applied, Refusal> {
    let mut gone = false;
    for old in [old.held, old.moved].into_iter().flatten() {
        link.unregister(&old.registrations)?;
        gone |= !old.registrations.is_empty();
    }
    let before = link.registered()?;
    let trouble = match link.execute(script(content), !content.unblocking) {
        Ok(outcome) => {
            let new = since(link, &before)?;
            let mut applied = Applied::of(content, outcome);
            applied.names = holding::names(new.iter());
            applied.held.registrations = ids(&new);
            return Ok(applied);
        }
        Err(trouble) => trouble,
    };
    let held = |digest: &str| -> Result<Option<Held>, Trouble> {
        Ok(Some(Held {
            digest: digest.to_owned(),
            session: None,
            registrations: ids(&since(link, &before)?),
        }))
    };
    match trouble {
        // The server goes on with what it was given.
        Trouble::Interrupted => Err(Refusal {
            held: held(&content.digest)?,
            trouble,
        }),
        Trouble::Refused(failure) if gone => {
            let (held, what) = match old.content {
                Some(old) => match link.execute(script(old), !old.unblocking) {
                    Ok(_) => (
                        held(&old.digest)?,
                        "what was registered before was registered again",
                    ),
                    Err(_) => (
                        Some(Held::default()),
                        "what was registered before could not be put back",
                    ),
                },
                None => (
                    Some(Held::default()),
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
