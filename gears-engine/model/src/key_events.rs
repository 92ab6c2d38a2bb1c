//! What a KeysReader registration listens to (spec section 3.2).

use gears_server::KeyType;

use crate::{CommandName, OnFull};

/// Which keys: one name, or all with a beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Vec<u8>);

impl Prefix {
    /// Reads a prefix as scripts write it: exact unless it ends with `*`.
    pub fn new(text: &[u8]) -> Self {
        Self(text.to_vec())
    }

    /// Says whether `key` is meant.
    pub fn matches(&self, key: &[u8]) -> bool {
        match self.0.split_last() {
            Some((b'*', beginning)) => key.starts_with(beginning),
            Some(_) => key == self.0,
            None => false,
        }
    }

    /// Returns the prefix as it was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The events that cause executions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEvents {
    /// Which keys.
    pub prefix: Prefix,
    /// Names of events; without, all of them.
    pub event_types: Option<Vec<String>>,
    /// Types of keys; without, all of them.
    pub key_types: Option<Vec<KeyType>>,
    /// The commands that must have caused an event; without, any may have.
    pub commands: Option<Vec<CommandName>>,
    /// Whether records have the key's value.
    pub read_value: bool,
    /// What becomes of events for which there is no room.
    pub on_full: OnFull,
}

impl KeyEvents {
    /// Says whether an event is meant; the key's type is looked at only when
    /// that matters.
    pub fn match_event(&self, event: &str, key: &[u8], key_type: impl FnOnce() -> KeyType) -> bool {
        self.mean_event(event)
            && self.prefix.matches(key)
            && self
                .key_types
                .as_ref()
                .is_none_or(|types| types.contains(&key_type()))
    }

    /// Says whether an event of this name is meant for any key.
    pub fn mean_event(&self, event: &str) -> bool {
        let meant = |names: &Vec<String>| names.iter().any(|name| name.eq_ignore_ascii_case(event));
        self.event_types.as_ref().is_none_or(meant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_exact_unless_they_end_with_a_star() {
        let matches =
            |prefix: &str, key: &str| Prefix::new(prefix.as_bytes()).matches(key.as_bytes());
        assert!(matches("*", ""));
        assert!(matches("ab*", "abc"));
        assert!(matches("ab*", "ab"));
        assert!(!matches("ab*", "a"));
        assert!(matches("ab", "ab"));
        assert!(!matches("ab", "abc"));
        assert!(!matches("*a", "ba"));
        assert!(matches("*a", "*a"));
        assert!(!matches("", ""));
    }

    #[test]
    fn the_type_is_asked_for_only_when_it_matters() {
        let events = KeyEvents {
            prefix: Prefix::new(b"k*"),
            event_types: Some(vec!["SET".to_owned()]),
            key_types: None,
            commands: None,
            read_value: true,
            on_full: OnFull::Drop,
        };
        assert!(events.match_event("set", b"k1", || unreachable!("no types given")));
        assert!(!events.match_event("del", b"k1", || unreachable!("no types given")));
    }
}
