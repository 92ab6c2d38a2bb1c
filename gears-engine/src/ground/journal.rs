//! Log lines about what happens to registrations, as `key=value` pairs that
//! machines can read.

use std::fmt::Write;

use gears_model::{Id, Mode, Trouble};
use gears_server::text::shortened;
use gears_server::{LogLevel, log};

/// The registration that a line is about.
pub(crate) struct About {
    pub(crate) id: String,
    pub(crate) reader: &'static str,
    /// What people call it.
    pub(crate) name: String,
}

/// Whose a registration is, and how it runs.
pub(crate) struct Origin<'a> {
    pub(crate) mode: Mode,
    pub(crate) session: &'a str,
    pub(crate) user: &'a str,
}

/// Notes a registration that took effect.
pub(crate) fn registered(about: &About, origin: &Origin<'_>) {
    let mut line = Line::new("register", about);
    line.origin(origin);
    line.write(LogLevel::Notice);
}

/// Notes a registration that came from a file or a master, or whose state
/// changed since.
pub(crate) fn loaded(about: &About, origin: &Origin<'_>, trouble: Option<&Trouble>) {
    let state = match trouble {
        None => "running",
        Some(Trouble::Pending(_) | Trouble::Missing(_)) => "waiting",
        Some(Trouble::Broken(_)) => "broken",
    };
    let mut line = Line::new("load", about);
    line.origin(origin).pair("state", state);
    line.write(LogLevel::Notice);
}

/// Notes a registration that was taken out, and by which way.
pub(crate) fn unregistered(about: &About, cause: &str) {
    let mut line = Line::new("unregister", about);
    line.pair("cause", cause);
    line.write(LogLevel::Notice);
}

/// What went wrong with an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The one before had not failed.
    First,
    /// So had the one before, which the log need not tell again.
    Again,
    Deadline,
}

/// Notes a failed execution; loud when the one before had not failed, so that
/// a function that always fails does not fill the log.
pub(crate) fn failed(about: &About, error: &str, failure: Failure) {
    let event = match failure {
        Failure::Deadline => "deadline",
        Failure::First | Failure::Again => "failure",
    };
    let mut line = Line::new(event, about);
    line.pair("error", error);
    line.write(match failure {
        Failure::Again => LogLevel::Verbose,
        Failure::First | Failure::Deadline => LogLevel::Warning,
    });
}

/// Notes that a function does not come back from code that does not return to
/// Python, and whether another worker takes the place of its own.
pub(crate) fn lost(about: Option<&About>, execution: Id, replaced: bool) {
    let mut line = match about {
        Some(about) => Line::new("lost", about),
        None => Line("gears event=lost".to_owned()),
    };
    line.pair("execution", &execution.to_string())
        .pair("worker_replaced", if replaced { "yes" } else { "no" });
    line.write(LogLevel::Warning);
}

/// How much of a value and of a name a line has.
const LONGEST_VALUE: usize = 600;
const LONGEST_NAME: usize = 120;

struct Line(String);

impl Line {
    fn new(event: &str, about: &About) -> Self {
        let mut line = Self(format!("gears event={event} id={}", about.id));
        line.pair("reader", about.reader)
            .pair("name", &shortened(&about.name, LONGEST_NAME));
        line
    }

    fn origin(&mut self, origin: &Origin<'_>) -> &mut Self {
        self.pair("mode", origin.mode.name())
            .pair("session", origin.session)
            .pair("user", origin.user)
    }

    /// Adds a pair; a long value loses its middle, so that the line stays whole.
    fn pair(&mut self, key: &str, value: &str) -> &mut Self {
        let value = &*shortened(value, LONGEST_VALUE);
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'=');
        let _ = if !value.is_empty() && value.bytes().all(plain) {
            write!(self.0, " {key}={value}")
        } else {
            write!(self.0, " {key}={value:?}")
        };
        self
    }

    fn write(&self, level: LogLevel) {
        log(level, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn values_that_are_not_plain_are_quoted() {
        let mut line = Line(String::new());
        line.pair("a", "b-1").pair("c", "d e\n\"f\"").pair("g", "");
        assert_eq!(line.0, r#" a=b-1 c="d e\n\"f\"" g="""#);
    }
}
