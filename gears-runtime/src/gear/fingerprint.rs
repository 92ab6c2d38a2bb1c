//! The digest by which a registration is recognised.
//!
//! It has two halves. The first covers the function: what it does and how it
//! is called. The second covers the whole script, with its line numbers and
//! helpers. So a function that merely moved in its file, or whose script a
//! newer gears-runtime writes otherwise, is brought up to date, and is not
//! mistaken for a different function under the same trigger.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{cause::Cause, descriptor::Gear, source};
use crate::server::dialect::Dialect;

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

    /// Reads the fingerprint of a call's gear at the end of a registration's description.
    #[cfg(test)]
    pub(crate) fn from_description(description: &str) -> Option<Self> {
        Some(Mark::from_description(description)?.fingerprint)
    }

    fn from_digits(digits: &str) -> Option<Self> {
        (digits.len() == 4 * HALF && digits.is_ascii()).then_some(())?;
        let (function, script) = digits.split_at(2 * HALF);
        Some(Self {
            function: unhex(function)?,
            script: unhex(script)?,
        })
    }

    /// Returns the description of a gear with its mark at the end.
    pub(crate) fn describe(&self, gear: &Gear) -> String {
        let description = gear.description();
        let space = if description.is_empty() { "" } else { " " };
        let name = match gear.cause() {
            Cause::Trigger => String::new(),
            // The server tells no name of these.
            cause => format!("{} {} ", cause.kind(), gear.trigger()),
        };
        format!("{description}{space}{MARK}{name}{self}]")
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

/// What the end of a registration's description tells: `[gears <digits>]` or `[gears <kind> <name> <digits>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) fingerprint: Fingerprint,
    /// The kind and the name of a gear that has no trigger.
    pub(crate) named: Option<(String, String)>,
}

impl Mark {
    /// Reads the mark, if there is one.
    pub(crate) fn from_description(description: &str) -> Option<Self> {
        let (_, mark) = description.strip_suffix(']')?.rsplit_once(MARK)?;
        let Some((named, digits)) = mark.rsplit_once(' ') else {
            return Some(Self {
                fingerprint: Fingerprint::from_digits(mark)?,
                named: None,
            });
        };
        let (kind, name) = named.split_once(' ')?;
        Some(Self {
            fingerprint: Fingerprint::from_digits(digits)?,
            named: Some((kind.to_owned(), name.to_owned())),
        })
    }
}

/// Returns the name of the session of a gear, of the characters that servers take.
pub(crate) fn session(gear: &Gear) -> String {
    match gear.cause() {
        Cause::Trigger => session_of(gear.trigger(), &[gear.trigger()]),
        cause => session_of(
            &format!("{}-{}", cause.kind(), gear.trigger()),
            &[cause.kind(), gear.trigger()],
        ),
    }
}

fn session_of(name: &str, identity: &[&str]) -> String {
    let name: String = name
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
    let hash: String = digest(identity)[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("gears-{name}-{hash}")
}

pub(crate) fn digest(texts: &[&str]) -> [u8; HALF] {
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
    use crate::gear::sample;

    #[test]
    fn description_carries_it() {
        for description in ["", "Fetches [a page]"] {
            let mut parts = sample::parts();
            parts.description = description;
            let mut gear = Gear::from_parts(parts);
            let fingerprint = Fingerprint::new(&gear, Dialect::Engine);
            let described = fingerprint.describe(&gear);
            assert_eq!(Fingerprint::from_description(&described), Some(fingerprint));

            let mut parts = sample::parts();
            parts.description = description;
            parts.trigger = "a name";
            parts.cause = sample::keys();
            gear = Gear::from_parts(parts);
            let fingerprint = Fingerprint::new(&gear, Dialect::Engine);
            let mark = Mark::from_description(&fingerprint.describe(&gear)).unwrap();
            assert_eq!(mark.fingerprint, fingerprint);
            assert_eq!(mark.named, Some(("keys".to_owned(), "a name".to_owned())));
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
        let named = |trigger, cause| {
            let mut parts = sample::parts();
            parts.trigger = trigger;
            parts.cause = cause;
            session(&Gear::from_parts(parts))
        };
        let colon = named("a:b", Cause::Trigger);
        assert_eq!(colon.split_at(10).0, "gears-a-b-");
        assert_ne!(colon, named("a.b", Cause::Trigger));
        let keys = named("a:b", sample::keys());
        assert_eq!(keys.split_at(15).0, "gears-keys-a-b-");
        assert_ne!(keys, named("keys-a:b", Cause::Trigger));
    }
}
