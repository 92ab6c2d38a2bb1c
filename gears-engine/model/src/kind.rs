//! What causes executions.

mod codec;

use std::borrow::Cow;

use crate::{Edition, Hook, KeyEvents, Stream};

/// What causes executions.
pub enum Kind {
    /// A client that calls the trigger.
    Trigger {
        /// What clients call it.
        name: Vec<u8>,
        /// Whether calls run one after another.
        in_order: bool,
        /// Which version it is, of a trigger that has several.
        edition: Option<Edition>,
    },
    /// A command that the function stands in for.
    Hook {
        /// Which command, with which keys.
        hook: Hook,
        /// Whether calls run one after another.
        in_order: bool,
    },
    /// Something that happens to a key.
    Keys(KeyEvents),
    /// Entries that come into a stream.
    Stream(Stream),
}

impl Kind {
    /// Names the reader in scripts and replies.
    pub fn reader(&self) -> &'static str {
        match self {
            Self::Trigger { .. } | Self::Hook { .. } => "CommandReader",
            Self::Keys(_) => "KeysReader",
            Self::Stream(_) => "StreamReader",
        }
    }

    /// Returns the name that a trigger has for itself: one of several versions has its version
    /// in it.
    #[must_use]
    pub fn own_name(&self) -> Option<Cow<'_, [u8]>> {
        let Self::Trigger { name, edition, .. } = self else {
            return None;
        };
        Some(match edition {
            None => Cow::Borrowed(name),
            Some(edition) => Cow::Owned(edition.name(name)),
        })
    }

    /// Returns the name that it has together with other versions.
    #[must_use]
    pub fn shared_name(&self) -> Option<&[u8]> {
        match self {
            Self::Trigger {
                name,
                edition: Some(_),
                ..
            } => Some(name),
            _ => None,
        }
    }

    /// Returns what makes it one of several versions.
    #[must_use]
    pub fn edition(&self) -> Option<&Edition> {
        match self {
            Self::Trigger { edition, .. } => edition.as_ref(),
            _ => None,
        }
    }

    /// Says whether two triggers need the same name, so that one of them can be there.
    #[must_use]
    pub fn collides(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (self.own_name(), other.own_name()) else {
            return false;
        };
        own == others || self.shared_name() == Some(&*others) || other.shared_name() == Some(&*own)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn trigger(name: &str, version: Option<&str>) -> Kind {
        Kind::Trigger {
            name: name.into(),
            in_order: false,
            edition: version.map(|version| Edition {
                version: version.to_owned(),
                since: 1,
                keep: Duration::from_secs(1),
            }),
        }
    }

    #[test]
    fn versions_collide_with_whoever_needs_their_names_alone() {
        for (one, other, collide) in [
            (trigger("a", None), trigger("a", None), true),
            (trigger("a", None), trigger("b", None), false),
            (trigger("a", Some("1")), trigger("a", None), true),
            (trigger("a", Some("1")), trigger("a@1", None), true),
            (trigger("a", Some("1")), trigger("a", Some("1")), true),
            (trigger("a", Some("1")), trigger("a", Some("2")), false),
            (trigger("a", Some("1")), trigger("a@1", Some("2")), true),
            (trigger("a", Some("1")), trigger("a@2", None), false),
        ] {
            assert_eq!(one.collides(&other), collide);
            assert_eq!(other.collides(&one), collide);
        }
    }
}
