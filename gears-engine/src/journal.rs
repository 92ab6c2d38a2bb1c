//! Log lines about what happens to registrations, as `key=value` pairs that
//! machines can read.

use std::fmt::Write;

use gears_model::{Kind, Trouble, print_id};
use gears_server::text::shortened;
use gears_server::{LogLevel, log};

use crate::registration::Registration;

/// Notes a registration that took effect.
pub(crate) fn registered(registration: &Registration) {
    let mut line = Line::new("register", registration);
    line.pair("mode", registration.mode.name())
        .pair("session", &registration.session.id)
        .pair("user", &registration.session.user.name());
    line.write(LogLevel::Notice);
}

/// Notes a registration that came from a file or a master, or whose state
/// changed since.
pub(crate) fn loaded(registration: &Registration) {
    let state = match &registration.trouble {
        None => "running",
        Some(Trouble::Pending(_) | Trouble::Missing(_)) => "waiting",
        Some(Trouble::Broken(_)) => "broken",
    };
    let mut line = Line::new("load", registration);
    line.pair("mode", registration.mode.name())
        .pair("session", &registration.session.id)
        .pair("user", &registration.session.user.name())
        .pair("state", state);
    line.write(LogLevel::Notice);
}

/// Notes a registration that was taken out, and by which way.
pub(crate) fn unregistered(registration: &Registration, cause: &str) {
    // Nothing tells of what comes and goes within the data that are loaded.
    if matches!(registration.trouble, Some(Trouble::Pending(_))) {
        return;
    }
    let mut line = Line::new("unregister", registration);
    line.pair("cause", cause);
    line.write(LogLevel::Notice);
}

/// Notes a failed execution; loud when the one before had not failed, so that
/// a function that always fails does not fill the log.
pub(crate) fn failed(registration: &Registration, error: &str, first: bool) {
    let deadline = error.contains(crate::watchdog::OVERDUE);
    let event = if deadline { "deadline" } else { "failure" };
    let mut line = Line::new(event, registration);
    line.pair("error", error);
    line.write(if first || deadline {
        LogLevel::Warning
    } else {
        LogLevel::Verbose
    });
}

/// Notes that a function does not come back from code that does not return to
/// Python, and whether another worker takes the place of its own.
pub(crate) fn lost(registration: Option<&Registration>, execution: u64, replaced: bool) {
    let mut line = match registration {
        Some(registration) => Line::new("lost", registration),
        None => Line("gears event=lost".to_owned()),
    };
    line.pair("execution", &print_id(execution))
        .pair("worker_replaced", if replaced { "yes" } else { "no" });
    line.write(LogLevel::Warning);
}

/// How much of a value and of a name a line has.
const LONGEST_VALUE: usize = 600;
const LONGEST_NAME: usize = 120;

struct Line(String);

impl Line {
    fn new(event: &str, registration: &Registration) -> Self {
        let mut line = Self(format!("gears event={event} id={}", registration.id()));
        line.pair("reader", registration.kind.reader())
            .pair("name", &shortened(&name(registration), LONGEST_NAME));
        line
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

/// What people call a registration: its trigger, or the keys it listens to.
pub(crate) fn name(registration: &Registration) -> String {
    let name = match &registration.kind {
        Kind::Trigger { name, .. } => name.as_slice(),
        Kind::Keys(events) => events.prefix.as_bytes(),
        Kind::Hook { hook, .. } => hook.command.written.as_bytes(),
        Kind::Stream(stream) => stream.options.prefix.as_bytes(),
    };
    String::from_utf8_lossy(name).into_owned()
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
