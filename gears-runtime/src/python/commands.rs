//! Names for servers that do not bring them: `cmd`, and those that RedGrease has beside RedisGears' own.

use super::sent::sent;

/// The name `cmd`, for servers that do not bring it: redis-py over `execute`.
pub(crate) const COMMANDS: &str = sent!("commands.py");

/// What defines names of RedGrease, with these names.
const REDGREASE: [(&str, &[&str]); 2] = [
    (sent!("hashtag.py"), &["hashtag3"]),
    (
        sent!("words.py"),
        &[
            "FailurePolicy",
            "KeyType",
            "LogLevel",
            "ReaderType",
            "TriggerMode",
        ],
    ),
];

/// Returns what defines the names of RedGrease that Python may read; to define more does no harm.
pub(crate) fn names_of_redgrease(python: &[&str]) -> impl Iterator<Item = &'static str> {
    let may_read = |name: &&str| python.iter().any(|text| text.contains(name));
    REDGREASE
        .into_iter()
        .filter(move |(_, names)| names.iter().any(may_read))
        .map(|(text, _)| text)
}
