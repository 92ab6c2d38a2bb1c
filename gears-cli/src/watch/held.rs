//! What the server holds of the scripts, and the mark by which their sessions are known.

use std::{collections::BTreeMap, path::Path};

use gears_runtime::data::{Listed, Registration, Session};

use super::folder::{Place, Root};
use crate::registration;

/// Stands before the digest in the description of a session.
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

/// Returns what a session holds, if it is one of a script in these folders.
pub(super) fn of_session(session: &Session, roots: &[Root]) -> Option<(Place, Held)> {
    let (path, digest) = parts(session.description.as_deref()?)?;
    let (number, name) = roots.iter().enumerate().find_map(|(number, root)| {
        let name = Path::new(path).strip_prefix(&root.home).ok()?;
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
