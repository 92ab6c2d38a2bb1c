//! Everything that can go wrong, as one opaque error.

mod decode;
pub(crate) mod detail;
mod duplicate;
mod hindrance;
mod kind;
mod made;
pub(crate) mod obstacle;
mod particulars;
mod predicates;
mod python;
mod requirement;
mod shown;
mod unsupported;

pub use self::{
    decode::DecodeError, duplicate::DuplicateTrigger, kind::ErrorKind, python::PythonError,
    requirement::RequirementError, unsupported::UnsupportedError,
};

use std::{error::Error as StdError, fmt};

use self::{detail::Detail, obstacle::Obstacle};

/// The result of whatever talks to a server; `E` is [`Error`] unless said otherwise.
///
/// # Examples
///
/// ```
/// use gears_runtime::{ErrorKind, Gears, Result};
///
/// fn connect() -> Result<Gears> {
///     Gears::connect("no://url")
/// }
///
/// assert_eq!(connect().unwrap_err().kind(), ErrorKind::Configuration);
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says why a call or a registration failed.
///
/// The kind says what to do about it, the accessors tell the particulars, and
/// [`raw`](Self::raw) returns the server's own words, whatever was made of them.
///
/// Printed with `{}`, an exception of a gear reads as Python prints it, with the places of the
/// Rust source. `{:#}`, and `{:?}` too, add the trigger, the types of its arguments and the
/// server.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Python => {
///             let python = error.python().unwrap();
///             format!("fix the {} in {}", python.exception(), python.trigger())
///         }
///         ErrorKind::UnknownTrigger | ErrorKind::NotBound => "call register_all first".into(),
///         ErrorKind::Connection | ErrorKind::Timeout => "try again".into(),
///         _ => error.to_string(),
///     }
/// }
/// ```
pub struct Error {
    // Boxed, so that `Result`s stay small.
    repr: Box<Repr>,
}

struct Repr {
    detail: Detail,
    obstacle: Option<Obstacle>,
    raw: Option<String>,
    /// What was called, for people.
    called: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(detail: Detail) -> Self {
        Self {
            repr: Box::new(Repr {
                detail,
                obstacle: None,
                raw: None,
                called: None,
                source: None,
            }),
        }
    }

    /// Keeps the words of the server.
    pub(crate) fn with_raw(mut self, raw: impl Into<String>) -> Self {
        self.repr.raw = Some(raw.into());
        self
    }

    /// Keeps the text of an error reply, and what it says is in the way.
    pub(crate) fn with_reply(self, raw: &str) -> Self {
        self.with_obstacle(Obstacle::of_reply(raw)).with_raw(raw)
    }

    /// Says what is in the way.
    pub(crate) fn with_obstacle(mut self, obstacle: Option<Obstacle>) -> Self {
        self.repr.obstacle = obstacle;
        self
    }

    /// Keeps what it was caused by.
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.repr.source = Some(source.into());
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `fn main() -> Result<()>` shows errors with `Debug`: let it be read.
        let mut said = format!("{self:#}");
        f.write_str(&said)?;
        let mut source = self.source();
        while let Some(cause) = source {
            let told = cause.to_string();
            // A cause that was quoted is not told again.
            if !said.contains(&told) {
                write!(f, "\ncaused by: {told}")?;
                said = told;
            }
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.repr
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn chain_says_nothing_twice() {
        let cause = || io::Error::other("the disk is full");
        let quoting =
            Error::configuration("it cannot be kept: the disk is full").with_source(cause());
        assert_eq!(
            format!("{quoting:?}"),
            "it cannot be kept: the disk is full"
        );
        assert!(quoting.source().is_some(), "programs find it all the same");
        let silent = || Error::configuration("it cannot be kept").with_source(cause());
        let chain = "it cannot be kept\ncaused by: the disk is full";
        assert_eq!(format!("{:?}", silent()), chain);
        // What is quoted may have a cause that is not.
        let more = Error::configuration("it cannot be kept").with_source(silent());
        assert_eq!(format!("{more:?}"), chain);
    }
}
