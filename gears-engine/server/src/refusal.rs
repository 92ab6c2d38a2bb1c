//! Errors as clients get them.

use std::fmt;

/// Why a client gets an error in place of an answer.
///
/// Its text is what comes behind the code; with [`to_string`](ToString::to_string) it is the
/// whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Nothing where the text is the whole line.
    code: Option<Code>,
    text: String,
}

/// The first word of an error, by which clients tell errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Keys are of several slots, or of another one than the client's command.
    CrossSlot,
    /// What nothing more is to be said of.
    Err,
    /// A message of another shard came where there is none.
    ErrCluster,
    /// A permission is missing.
    NoPerm,
    /// Memory is used up.
    OutOfMemory,
    /// A replica takes no writes.
    ReadOnly,
    /// What is asked for is there soon; clients of clusters ask again by themselves.
    TryAgain,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::CrossSlot => "CROSSSLOT",
            Self::Err => "ERR",
            Self::ErrCluster => "ERRCLUSTER",
            Self::NoPerm => "NOPERM",
            Self::OutOfMemory => "OOM",
            Self::ReadOnly => "READONLY",
            Self::TryAgain => "TRYAGAIN",
        }
    }
}

impl Refusal {
    /// Makes one with the code `ERR`.
    pub fn new(text: impl Into<String>) -> Self {
        Self::with_code(Code::Err, text)
    }

    /// Makes one with a code of its own.
    pub fn with_code(code: Code, text: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            text: text.into(),
        }
    }

    /// Makes one of a whole line: many texts of RedisGears have no code, nor has what Python
    /// says, and what the server says has its own.
    pub fn whole(line: impl Into<String>) -> Self {
        Self {
            code: None,
            text: line.into(),
        }
    }

    /// Refuses a write on a replica, in the server's words.
    pub fn read_only() -> Self {
        Self::with_code(
            Code::ReadOnly,
            "You can't write against a read only replica.",
        )
    }

    /// Refuses what the server has no memory for, in its words.
    pub(crate) fn out_of_memory() -> Self {
        Self::with_code(
            Code::OutOfMemory,
            "command not allowed when used memory > 'maxmemory'.",
        )
    }

    /// Refuses a command with too few or too many words, in the server's words.
    pub(crate) fn wrong_arity(name: &str) -> Self {
        Self::new(format!("wrong number of arguments for '{name}' command"))
    }
}

/// Writes the whole line, code included.
impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code {
            write!(to, "{} ", code.name())?;
        }
        to.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_begins_with_the_code_if_there_is_one() {
        for (refusal, line) in [
            (Refusal::new("no such thing"), "ERR no such thing"),
            (
                Refusal::with_code(Code::ErrCluster, "NULL cluster state"),
                "ERRCLUSTER NULL cluster state",
            ),
            (
                Refusal::whole("execution is still running"),
                "execution is still running",
            ),
            (
                Refusal::read_only(),
                "READONLY You can't write against a read only replica.",
            ),
            (
                Refusal::out_of_memory(),
                "OOM command not allowed when used memory > 'maxmemory'.",
            ),
            (
                Refusal::wrong_arity("rg.trigger"),
                "ERR wrong number of arguments for 'rg.trigger' command",
            ),
        ] {
            assert_eq!(refusal.to_string(), line);
        }
    }
}
