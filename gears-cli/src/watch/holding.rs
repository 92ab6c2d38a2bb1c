//! What the server holds of the scripts.

use std::collections::BTreeMap;

use gears_runtime::data::{Listed, Registration, Session, SessionQuery};

use super::{
    folder::{Place, Root},
    index::Entry,
    link::Link,
    trouble::Trouble,
};
use crate::registration;

/// So many sessions are asked for by name; of more, all are listed.
const NAMED: usize = 100;
const MARK: &str = " [gears watch ";

/// What the server holds of a script.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    pub(super) digest: String,
    pub(super) session: Option<String>,
    /// The ids of what it registered; none when it only ran.
    pub(super) registrations: Vec<String>,
}

/// Everything that the server holds of the folders.
pub(super) type Holding = BTreeMap<Place, Held>;

/// Describes the session of a script: where the file is, and which content of it that was.
pub(super) fn description(path: &str, digest: &str) -> String {
    format!("{path}{MARK}{digest}]")
}

fn parts(description: &str) -> Option<(&str, &str)> {
    let (path, mark) = description.rsplit_once(MARK)?;
    Some((path, mark.strip_suffix(']')?))
}

/// Reads what the server holds: of some scripts, or of all.
///
/// What is known from before is asked where there are neither sessions nor an index.
pub(super) fn read(
    link: &mut Link,
    roots: &[Root],
    only: Option<&[Place]>,
    known: &Holding,
) -> Result<Holding, Trouble> {
    let mut index: BTreeMap<Place, Entry> = BTreeMap::new();
    for (number, root) in roots.iter().enumerate() {
        let names: Option<Vec<&str>> = only.map(|only| {
            let ours = only.iter().filter(|place| place.root == number);
            ours.map(|place| place.name.as_str()).collect()
        });
        let entries = link.index(|index| index.read(&root.id, names.as_deref()))?;
        for (name, entry) in entries.unwrap_or_default() {
            index.insert(Place::new(number, &name), entry);
        }
    }
    let listed = index.into_iter().map(|(place, entry)| {
        let held = Held {
            digest: entry.digest,
            session: entry.session,
            registrations: entry.registrations,
        };
        (place, held)
    });
    if link.has_sessions {
        // What registered something has a session; the index knows what only ran.
        let mut holding: Holding = listed
            .filter(|(_, held)| held.registrations.is_empty())
            .collect();
        holding.extend(sessions(link, roots, only)?);
        return Ok(holding);
    }
    let mut holding = known.clone();
    holding.extend(listed);
    let there = link.registered()?;
    for held in holding.values_mut() {
        let wanted = held.registrations.len();
        held.registrations.retain(|id| there.contains(id));
        if held.registrations.len() < wanted {
            // Half of it is as good as another content.
            held.digest.clear();
        }
    }
    holding.retain(|_, held| !held.digest.is_empty() || !held.registrations.is_empty());
    Ok(holding)
}

fn sessions(link: &Link, roots: &[Root], only: Option<&[Place]>) -> Result<Holding, Trouble> {
    let mut query = SessionQuery::new();
    if let Some(only) = only.filter(|only| only.len() <= NAMED) {
        query = query.only(
            only.iter()
                .map(|place| roots[place.root].session(&place.name)),
        );
    }
    let mut holding = Holding::new();
    for (number, shard) in link.shards.values().enumerate() {
        let listed = shard.py_dump_sessions(&query)?.sessions;
        let mut here: Holding = listed
            .iter()
            .filter_map(|session| of_session(session, roots))
            .collect();
        if number == 0 {
            holding = here;
            continue;
        }
        // What not all shards have alike is as good as another content.
        for (place, held) in &mut holding {
            let is_alike = here
                .remove(place)
                .is_some_and(|one| one.digest == held.digest);
            if !is_alike {
                held.digest.clear();
            }
        }
        holding.extend(here.into_iter().map(|(place, mut held)| {
            held.digest.clear();
            (place, held)
        }));
    }
    Ok(holding)
}

fn of_session(session: &Session, roots: &[Root]) -> Option<(Place, Held)> {
    let (path, digest) = parts(session.description.as_deref()?)?;
    let (number, name) = roots.iter().enumerate().find_map(|(number, root)| {
        let name = std::path::Path::new(path).strip_prefix(&root.home).ok()?;
        let name = name.to_str()?;
        (root.session(name) == session.id).then_some((number, name))
    })?;
    let held = Held {
        digest: digest.to_owned(),
        registrations: ids(session),
        session: Some(session.id.clone()),
    };
    Some((Place::new(number, name), held))
}

/// Returns the ids of what a session registered.
pub(super) fn ids(session: &Session) -> Vec<String> {
    let ids = session.registrations.iter().map(|one| match one {
        Listed::Name(id) => id.as_str(),
        Listed::Full(full) => full.id.as_str(),
    });
    ids.map(str::to_owned).collect()
}

/// Returns the content that a session was made of.
pub(super) fn digest(session: &Session) -> Option<&str> {
    Some(parts(session.description.as_deref()?)?.1)
}

/// Says what registrations are about, for people.
pub(super) fn names<'r>(registrations: impl Iterator<Item = &'r Registration>) -> String {
    let mut names: Vec<String> = registrations
        .map(|one| {
            let what = match one.reader.as_str() {
                "CommandReader" => "trigger",
                "KeysReader" => "keys",
                "StreamReader" => "stream",
                other => other,
            };
            format!("{what} {}", registration::name(one))
        })
        .collect();
    names.sort();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read_back() {
        let text = description("/a [b]/c.py", "00ff");
        assert_eq!(parts(&text), Some(("/a [b]/c.py", "00ff")));
        assert_eq!(parts("mine"), None);
        // `gears list` shows what stands before the mark.
        assert!(text.contains("[gears "));
    }
}
