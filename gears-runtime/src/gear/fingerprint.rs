//! The digest by which a registration is recognised.
//!
//! It has two halves. The first covers the function: what it does and how it
//! is called. The second covers the whole script, with its line numbers and
//! helpers. So a function that merely moved in its file, or whose script a
//! newer gears-runtime writes otherwise, is brought up to date, and is not
//! mistaken for a different function under the same trigger.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{
    description::MARK,
    descriptor::Gear,
    maker::Maker,
    naming::Naming,
    source::{self, Writing, library::LibrarySource},
};

/// Between a trigger and the fingerprint of the function that is called.
const AT: &str = "@";

/// Bytes of each half.
const HALF: usize = 8;

/// Recognises a function and the script that registers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    function: [u8; HALF],
    script: [u8; HALF],
}

impl Gear {
    /// Returns the digits that tell this function from others under its trigger: what it does, and how it is called.
    ///
    /// Where in a file it stands and what its description says are no part of it. A stub of a gear that
    /// [is pinned](Self::is_pinned) calls the trigger with them after an `@`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn with_tax(net: f64) -> Result<f64> {
    ///     "return net * 1.19"
    /// }
    ///
    /// assert_eq!(with_tax::GEAR.fingerprint().len(), 16);
    /// ```
    pub fn fingerprint(&self) -> &str {
        let name = self.pinned();
        &name[name.len() - 2 * HALF..]
    }

    /// Returns the name by which stubs call this function and no other, without a prefix.
    pub(crate) fn pinned(&self) -> &str {
        // A call sends it as it is.
        self.pinned_name()
            .get_or_init(|| format!("{}{AT}{}", self.trigger(), hex(&function(self))))
    }
}

impl Fingerprint {
    /// Digests a gear as it would be registered on a server.
    pub(crate) fn new(gear: &Gear, writing: &Writing<'_>) -> Self {
        let script = source::write(gear, writing, gear.description());
        let requirements = source::requirements(gear, writing.dialect).join("\n");
        Self {
            function: function(gear),
            script: digest(&[&script, &requirements]),
        }
    }

    /// Digests a library of the server's functions, without its marks.
    pub(crate) fn of_library(name: &str, source: &LibrarySource) -> Self {
        let functions: Vec<&str> = source.fingerprints().collect();
        Self {
            function: digest(&functions),
            script: digest(&[&source.write(name, "")]),
        }
    }

    /// Writes it as it stands at the end of a description, and of the line of a library that says whose it is.
    pub(crate) fn mark(&self, maker: &Maker) -> String {
        format!("{} {MARK}{self}]", maker.mark())
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

    /// Returns the description of a gear with its marks at the end: who made it, and this fingerprint.
    pub(crate) fn describe(&self, gear: &Gear, naming: &Naming, maker: &Maker) -> String {
        let description = gear.description();
        let space = if description.is_empty() { "" } else { " " };
        let name = match gear.cause() {
            cause if cause.is_called() => String::new(),
            // The server tells no name of these.
            cause => format!("{} {} ", cause.kind(), naming.name(gear)),
        };
        format!("{description}{space}{} {MARK}{name}{self}]", maker.mark())
    }

    /// Tells whether it is of this function, however it is packed.
    pub(crate) fn is_of(&self, gear: &Gear) -> bool {
        hex(&self.function) == gear.fingerprint()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", hex(&self.function), hex(&self.script))
    }
}

fn function(gear: &Gear) -> [u8; HALF] {
    digest(&[&source::essence(gear)])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
pub(crate) fn session(gear: &Gear, naming: &Naming) -> String {
    let name = naming.name(gear);
    match gear.cause() {
        cause if cause.is_called() => session_of(&name, &[&name]),
        cause => session_of(&format!("{}-{name}", cause.kind()), &[cause.kind(), &name]),
    }
}

/// Returns the name of the session of a gear's version, which stays when another version comes.
pub(crate) fn session_of_version(gear: &Gear, naming: &Naming) -> String {
    format!("{}-{}", session(gear, naming), gear.fingerprint())
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
    format!("gears-{name}-{}", hex(&digest(identity)[..4]))
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
    use crate::{
        gear::{cause::Cause, sample, source::Version},
        server::dialect::Dialect,
    };

    const NAMING: Naming = Naming::PLAIN;
    const WRITING: Writing<'static> = Writing {
        dialect: Dialect::Engine,
        naming: &NAMING,
        version: Version::None,
    };

    fn maker() -> Maker {
        Maker::new("shop", "", "1.4.0", "shop::quote".to_owned())
    }

    #[test]
    fn description_carries_it() {
        for description in ["", "Fetches [a page]"] {
            let mut parts = sample::parts();
            parts.description = description;
            let mut gear = Gear::from_parts(parts);
            let fingerprint = Fingerprint::new(&gear, &WRITING);
            let described = fingerprint.describe(&gear, &NAMING, &maker());
            assert_eq!(Fingerprint::from_description(&described), Some(fingerprint));

            let mut parts = sample::parts();
            parts.description = description;
            parts.trigger = "a name";
            parts.cause = sample::keys();
            gear = Gear::from_parts(parts);
            let fingerprint = Fingerprint::new(&gear, &WRITING);
            let mark =
                Mark::from_description(&fingerprint.describe(&gear, &NAMING, &maker())).unwrap();
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
        let here = Fingerprint::new(&sample::gear(), &WRITING);
        let mut parts = sample::parts();
        parts.line = Some(43);
        let moved = Fingerprint::new(&Gear::from_parts(parts), &WRITING);
        assert!(here != moved && moved.is_of(&sample::gear()));
        let mut parts = sample::parts();
        parts.body = "return 2";
        let other = Fingerprint::new(&Gear::from_parts(parts), &WRITING);
        assert!(!other.is_of(&sample::gear()));
    }

    #[test]
    fn sessions_of_similar_triggers_differ() {
        let named = |trigger, cause| {
            let mut parts = sample::parts();
            parts.trigger = trigger;
            parts.cause = cause;
            session(&Gear::from_parts(parts), &NAMING)
        };
        let colon = named("a:b", Cause::Trigger);
        assert_eq!(colon.split_at(10).0, "gears-a-b-");
        assert_ne!(colon, named("a.b", Cause::Trigger));
        let keys = named("a:b", sample::keys());
        assert_eq!(keys.split_at(15).0, "gears-keys-a-b-");
        assert_ne!(keys, named("keys-a:b", Cause::Trigger));
    }
}
