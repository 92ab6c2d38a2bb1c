//! The digest by which a registration is recognised.
//!
//! It has two halves. The first covers the function: what it does and how it
//! is called. The second covers the whole script, with its line numbers and
//! helpers. So a function that merely moved in its file, or whose script a
//! newer gears-runtime writes otherwise, is brought up to date, and is not
//! mistaken for a different function under the same trigger.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{gear::Gear, server::Dialect, source};

/// Bytes of each half.
const HALF: usize = 8;
const MARK: &str = "[gears ";

/// Recognises a function and the script that registers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    function: [u8; HALF],
    script: [u8; HALF],
}

impl Fingerprint {
    /// Digests a gear as it would be registered on a server.
    pub(crate) fn new(gear: &Gear, dialect: Dialect) -> Self {
        let script = source::write(gear, dialect, gear.description());
        let requirements = source::requirements(gear, dialect).join("\n");
        Self {
            function: digest(&[&source::essence(gear)]),
            script: digest(&[&script, &requirements]),
        }
    }

    /// Reads the fingerprint at the end of a registration's description.
    pub(crate) fn from_description(description: &str) -> Option<Self> {
        let (_, digits) = description.strip_suffix(']')?.rsplit_once(MARK)?;
        (digits.len() == 4 * HALF && digits.is_ascii()).then_some(())?;
        let (function, script) = digits.split_at(2 * HALF);
        Some(Self {
            function: unhex(function)?,
            script: unhex(script)?,
        })
    }

    /// Returns `description` with the fingerprint at its end.
    pub(crate) fn describe(&self, description: &str) -> String {
        let space = if description.is_empty() { "" } else { " " };
        format!("{description}{space}{MARK}{self}]")
    }

    /// Tells whether both are of the same function, however it is packed.
    pub(crate) fn is_same_function(&self, other: &Self) -> bool {
        self.function == other.function
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.function
            .iter()
            .chain(&self.script)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Returns the name of the session of a trigger, of the characters that servers take.
pub(crate) fn session(trigger: &str) -> String {
    let name: String = trigger
        .chars()
        .take(40)
        .map(|char| {
            if char.is_ascii_alphanumeric() || char == '_' {
                char
            } else {
                '-'
            }
        })
        .collect();
    let hash: String = digest(&[trigger])[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("gears-{name}-{hash}")
}

fn digest(texts: &[&str]) -> [u8; HALF] {
    let mut sha = Sha256::new();
    for text in texts {
        // The length keeps neighbours apart.
        sha.update((text.len() as u64).to_le_bytes());
        sha.update(text);
    }
    let mut half = [0; HALF];
    half.copy_from_slice(&sha.finalize()[..HALF]);
    half
}

fn unhex(digits: &str) -> Option<[u8; HALF]> {
    let mut bytes = [0; HALF];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn description_carries_it() {
        let fingerprint = Fingerprint::new(&sample::gear(), Dialect::Engine);
        for description in ["", "Fetches [a page]"] {
            let described = fingerprint.describe(description);
            assert_eq!(Fingerprint::from_description(&described), Some(fingerprint));
        }
        for foreign in [
            "",
            "a page",
            "[gears ]",
            "[gears 0g]",
            "x [gears é23456789012345678901234567890]",
        ] {
            assert_eq!(Fingerprint::from_description(foreign), None);
        }
    }

    #[test]
    fn moving_a_function_does_not_make_it_another() {
        let here = Fingerprint::new(&sample::gear(), Dialect::Engine);
        let mut parts = sample::parts();
        parts.line = Some(43);
        let moved = Fingerprint::new(&Gear::from_parts(parts), Dialect::Engine);
        assert!(here != moved && here.is_same_function(&moved));
        let mut parts = sample::parts();
        parts.body = "return 2";
        let other = Fingerprint::new(&Gear::from_parts(parts), Dialect::Engine);
        assert!(!here.is_same_function(&other));
    }

    #[test]
    fn sessions_of_similar_triggers_differ() {
        assert_eq!(session("a:b").split_at(10).0, "gears-a-b-");
        assert_ne!(session("a:b"), session("a.b"));
    }
}
