//! Why bytes are no value, or a value cannot be bytes.

use std::fmt;

/// Why there is no value, or there are no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end in the middle of a value.
    Ends,
    /// More bytes come behind the value.
    More,
    /// A byte that says what comes next says nothing.
    Unknown(u8),
    /// A length does not fit into the memory of any machine.
    Length,
    /// A text is none.
    NotText,
    /// Values are within each other more than [`DEEPEST`](crate::DEEPEST) times.
    TooDeep,
    /// The value would take more memory than allowed.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ends => formatter.write_str("the bytes of a value end in its middle"),
            Self::More => formatter.write_str("more bytes come behind a value"),
            Self::Unknown(tag) => write!(formatter, "no kind of value has the number {tag}"),
            Self::Length => formatter.write_str("the length of a value is out of range"),
            Self::NotText => formatter.write_str("a text is neither UTF-8 nor lone surrogates"),
            Self::TooDeep => write!(
                formatter,
                "values are within each other more than {} times",
                crate::DEEPEST
            ),
            Self::TooLarge => formatter.write_str("a value takes more memory than is allowed"),
        }
    }
}

impl std::error::Error for Fault {}
