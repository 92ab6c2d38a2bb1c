//! One of several versions of a trigger.

use std::cmp::Ordering;
use std::time::Duration;

use crate::Id;

/// How long a version may be.
const LONGEST: usize = 64;

/// What makes a trigger one of several versions, which are there side by side: each answers to
/// its own name, and the newest to the plain one too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Which version it is.
    pub version: String,
    /// Since when it is the newest, in milliseconds since 1970; 0 of one that leaves the plain
    /// name to others.
    pub since: u64,
    /// For how long it stays uncalled when another one is the newest.
    pub keep: Duration,
}

impl Edition {
    /// Says whether a text can be a version.
    #[must_use]
    pub fn is_version(text: &str) -> bool {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
    }

    /// Returns the name that this version of a trigger has for itself.
    #[must_use]
    pub fn name(&self, trigger: &[u8]) -> Vec<u8> {
        [trigger, b"@", self.version.as_bytes()].concat()
    }

    /// Says which of two versions of one trigger is the newer one, the same on every shard. Of
    /// those that leave the plain name to others the first that was there has it.
    #[must_use]
    pub fn order(one: (&Self, Id), other: (&Self, Id)) -> Ordering {
        let by_since = one.0.since.cmp(&other.0.since);
        by_since.then_with(|| match one.0.since {
            0 => other.1.cmp(&one.1),
            _ => one.1.cmp(&other.1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> Id {
        Id {
            number,
            ..Id::default()
        }
    }

    fn since(since: u64) -> Edition {
        Edition {
            version: "1".to_owned(),
            since,
            keep: Duration::ZERO,
        }
    }

    #[test]
    fn versions_are_short_and_plain() {
        for version in ["1", "1f3a5c0011223344", "v1.2-rc_3", &"x".repeat(LONGEST)] {
            assert!(Edition::is_version(version), "{version}");
        }
        for other in [
            "",
            "a b",
            "a@b",
            "ä",
            "a\0",
            "a\n",
            &"x".repeat(LONGEST + 1),
        ] {
            assert!(!Edition::is_version(other), "{other}");
        }
    }

    #[test]
    fn the_newest_is_the_same_for_all_who_look() {
        let newer = |one: (u64, u64), other: (u64, u64)| {
            let (one, other) = ((since(one.0), one.1), (since(other.0), other.1));
            let forth = Edition::order((&one.0, id(one.1)), (&other.0, id(other.1)));
            let back = Edition::order((&other.0, id(other.1)), (&one.0, id(one.1)));
            assert_eq!(forth, back.reverse());
            forth == Ordering::Greater
        };
        assert!(newer((2, 1), (1, 2)));
        assert!(newer((2, 2), (2, 1)));
        assert!(newer((1, 1), (0, 2)));
        assert!(newer((0, 1), (0, 2)));
    }
}
