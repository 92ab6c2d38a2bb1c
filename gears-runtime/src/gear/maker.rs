//! Who made a registration: an application, in which version, of which gear, and when.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::description::without_fingerprint;

const MARK: &str = "[by ";
const PREFIX: &str = "under";
const WAS: &str = "was";

/// What would end a word, or the mark.
const BREAKING: &AsciiSet = &CONTROLS.add(b' ').add(b'[').add(b']').add(b'%');

/// Tells who made a registration.
///
/// `register_all` keeps it in the description of what it registers, where everybody can read it. Registrations of
/// others have none, nor have those of a gears-runtime that did not write it yet.
///
/// # Examples
///
/// ```
/// use gears_runtime::Maker;
///
/// let description = "Prices an offer [by shop 1.4.0 shop::pricing::quote 2026-11-30T01:42:16Z] [gears 00ff]";
/// let maker = Maker::from_description(description).unwrap();
/// assert_eq!((maker.application(), maker.version()), ("shop", "1.4.0"));
/// assert_eq!(maker.gear(), "shop::pricing::quote");
/// assert_eq!(maker.to_string(), "shop 1.4.0 (shop::pricing::quote, 2026-11-30T01:42:16Z)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maker {
    application: String,
    prefix: String,
    version: String,
    gear: String,
    at: Timestamp,
    was: String,
}

impl Maker {
    pub(crate) fn new(application: &str, prefix: &str, version: &str, gear: String) -> Self {
        Self {
            application: application.to_owned(),
            prefix: prefix.to_owned(),
            version: version.to_owned(),
            gear,
            at: Timestamp::UNIX_EPOCH,
            was: String::new(),
        }
    }

    pub(crate) fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// Says which name the gear had before.
    pub(crate) fn was(mut self, name: Option<&str>) -> Self {
        self.was = name.unwrap_or_default().to_owned();
        self
    }

    /// Reads it in a registration's description; `None` when nobody says so there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Maker;
    ///
    /// assert_eq!(Maker::from_description("Prices an offer"), None);
    /// ```
    pub fn from_description(description: &str) -> Option<Self> {
        let (_, mark) = split(description)?;
        let mut words = mark.split(' ').map(unescape);
        let mut word = || words.next()?;
        let (application, version, gear) = (word()?, word()?, word()?);
        let at = word()?.parse().ok()?;
        let (mut prefix, mut was) = (String::new(), String::new());
        while let Some(name) = words.next() {
            let value = words.next()??;
            match name?.as_str() {
                PREFIX => prefix = value,
                WAS => was = value,
                _ => return None,
            }
        }
        Some(Self {
            application,
            prefix,
            version,
            gear,
            at,
            was,
        })
    }

    /// Returns the application with its version, as people read it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Maker;
    ///
    /// let maker = Maker::from_description("[by shop 1.2.0 shop::quote 2026-11-02T08:00:00Z]").unwrap();
    /// assert_eq!(maker.release(), "shop 1.2.0");
    /// ```
    pub fn release(&self) -> String {
        match self.version.as_str() {
            "" => self.application.clone(),
            version => format!("{} {version}", self.application),
        }
    }

    /// Returns the name of the application.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Returns what the application puts before its triggers; empty when that is nothing.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the version of the application; empty when it does not say.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the path of the Rust function.
    pub fn gear(&self) -> &str {
        &self.gear
    }

    /// Returns the name that the gear had before it was renamed; empty when it was not.
    pub(crate) fn former_name(&self) -> &str {
        &self.was
    }

    /// Returns when it registered the gear, by its own clock, in whole seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use gears_runtime::Maker;
    ///
    /// let maker = Maker::from_description("[by shop 1.4.0 shop::quote 1970-01-02T00:00:00Z]");
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// assert_eq!(maker.unwrap().made_at(), SystemTime::UNIX_EPOCH + day);
    /// ```
    pub fn made_at(&self) -> SystemTime {
        let since = self.at.as_second().try_into().unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_secs(since)
    }

    /// Writes it as it stands in a description.
    pub(crate) fn mark(&self) -> String {
        let Self {
            application,
            prefix,
            version,
            gear,
            at,
            was,
        } = self;
        let words = [application, version, gear].map(|word| escape(word));
        let mut mark = format!("{MARK}{} {at:.0}", words.join(" "));
        for (name, value) in [(PREFIX, prefix), (WAS, was)] {
            if !value.is_empty() {
                mark.push_str(&format!(" {name} {}", escape(value)));
            }
        }
        mark.push(']');
        mark
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {:.0}", self.release(), self.gear, self.at)?;
        if !self.prefix.is_empty() {
            write!(f, ", under {}", self.prefix)?;
        }
        f.write_str(")")
    }
}

/// Returns what people wrote of a description, without the marks that registration adds.
pub(crate) fn plain(description: &str) -> &str {
    let rest = without_fingerprint(description);
    match split(description) {
        Some((text, _)) => text.trim_end(),
        None => rest,
    }
}

/// Takes the mark off the end of a description, where only a fingerprint may follow.
fn split(description: &str) -> Option<(&str, &str)> {
    let rest = without_fingerprint(description);
    rest.strip_suffix(']')?.rsplit_once(MARK)
}

/// Writes a word without spaces and brackets; a word that is empty becomes a dash.
fn escape(word: &str) -> String {
    match word {
        "" => "-".to_owned(),
        "-" => "%2D".to_owned(),
        word => utf8_percent_encode(word, BREAKING).to_string(),
    }
}

fn unescape(word: &str) -> Option<String> {
    if word == "-" {
        return Some(String::new());
    }
    let word = percent_decode_str(word).decode_utf8().ok()?;
    Some(word.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FINGERPRINT: &str = "[gears 00112233445566778899aabbccddeeff]";

    proptest! {
        #[test]
        fn every_name_comes_back(
            text in any::<String>(),
            [application, prefix, version, gear, was] in any::<[String; 5]>(),
            second in 0..4_000_000_000_i64,
        ) {
            let maker = Maker::new(&application, &prefix, &version, gear)
                .at(Timestamp::from_second(second).unwrap())
                .was(Some(&was));
            let mark = maker.mark();
            for description in [mark.clone(), format!("{text} {mark} {FINGERPRINT}")] {
                prop_assert_eq!(Maker::from_description(&description), Some(maker.clone()));
            }
            let description = format!("x{text}! {mark} {FINGERPRINT}");
            prop_assert_eq!(plain(&description), format!("x{text}!"));
        }

        #[test]
        fn other_text_is_nobodys(text in "(\\[by )?[a-z %\\[\\]:-]*\\]?") {
            let _ = Maker::from_description(&text);
        }
    }

    #[test]
    fn descriptions_of_others_are_left_as_they_are() {
        for description in ["", "a page", "by shop", "x [by shop]"] {
            assert_eq!(Maker::from_description(description), None);
        }
        assert_eq!(plain(&format!("a page {FINGERPRINT}")), "a page");
        assert_eq!(plain("a page [gears-function 0011]"), "a page");
        assert_eq!(plain("a [page]"), "a [page]");
    }
}
