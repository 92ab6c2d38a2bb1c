use std::fmt;
use std::str::FromStr;

/// The version of Python that a body has to run on, 3.7 to 3.14.
///
/// ```
/// use gears_python::PythonVersion;
///
/// let version: PythonVersion = "3.12".parse().unwrap();
/// assert!(version > PythonVersion::OLDEST);
/// assert_eq!(version.to_string(), "3.12");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    minor: u8,
}

impl PythonVersion {
    /// The oldest version that can be asked for: what genuine RedisGears embeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::PythonVersion;
    ///
    /// assert_eq!(PythonVersion::OLDEST.to_string(), "3.7");
    /// ```
    pub const OLDEST: Self = Self { minor: 7 };
    /// The newest version that can be asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::PythonVersion;
    ///
    /// assert_eq!(PythonVersion::all().last(), Some(PythonVersion::NEWEST));
    /// ```
    pub const NEWEST: Self = Self { minor: 14 };
    /// The version that is meant when nobody says one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::PythonVersion;
    ///
    /// assert_eq!(PythonVersion::DEFAULT, PythonVersion::default());
    /// assert_eq!(PythonVersion::DEFAULT.to_string(), "3.9");
    /// ```
    pub const DEFAULT: Self = Self { minor: 9 };
    /// The first version with `:=` and a few more.
    pub(crate) const PY38: Self = Self { minor: 8 };

    /// Returns every version that can be asked for, oldest first.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::PythonVersion;
    ///
    /// let newer = PythonVersion::all().filter(|&version| version > PythonVersion::DEFAULT);
    /// assert_eq!(newer.map(|version| version.minor()).collect::<Vec<_>>(), [10, 11, 12, 13, 14]);
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::OLDEST.minor..=Self::NEWEST.minor).map(|minor| Self { minor })
    }

    /// Makes the version with that number after the dot, which is one that can be asked for.
    pub(crate) const fn of_minor(minor: u8) -> Self {
        Self { minor }
    }

    /// Returns the number after the dot.
    pub fn minor(self) -> u8 {
        self.minor
    }
}

impl Default for PythonVersion {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

impl FromStr for PythonVersion {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|version| version.to_string() == text)
            .ok_or_else(|| ParseVersionError {
                text: text.to_owned(),
            })
    }
}

/// The error of a text that names no Python version that can be asked for.
///
/// # Examples
///
/// ```
/// use gears_python::PythonVersion;
///
/// let error = "2.7".parse::<PythonVersion>().unwrap_err();
/// assert!(error.to_string().contains("use one from \"3.7\" to \"3.14\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseVersionError {
    text: String,
}

impl fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown Python version `{}`, use one from \"{}\" to \"{}\"",
            self.text,
            PythonVersion::OLDEST,
            PythonVersion::NEWEST
        )
    }
}

impl std::error::Error for ParseVersionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_and_print() {
        for text in ["3.7", "3.9", "3.10", "3.14"] {
            assert_eq!(text.parse::<PythonVersion>().unwrap().to_string(), text);
        }
        for text in [
            "", "3", "3.", "3.6", "3.15", "3.07", "3.9.1", "2.7", " 3.9", "3.9 ",
        ] {
            let error = text.parse::<PythonVersion>().unwrap_err();
            assert!(
                error.to_string().contains("from \"3.7\" to \"3.14\""),
                "{error}"
            );
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        let parse = |text: &str| text.parse::<PythonVersion>().unwrap();
        assert!(parse("3.9") < parse("3.10"));
        assert_eq!(PythonVersion::all().count(), 8);
    }
}
