//! How errors read.

use std::fmt;

use super::{Error, detail::Detail};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr.detail {
            Detail::Python(python) => {
                python.fmt(f)?;
                match &self.repr.called {
                    Some(called) if f.alternate() => write!(f, "\n{called}"),
                    _ => Ok(()),
                }
            }
            Detail::Decode(decode) if !decode.command.is_empty() => write!(
                f,
                "the reply to {} does not fit at {}: expected {}, but {} came; the server may be \
                 of another kind than this version of gears-runtime knows",
                decode.command, decode.path, decode.expected, decode.came
            ),
            Detail::Decode(decode) if decode.gear.is_empty() && decode.path.is_empty() => write!(
                f,
                "the bytes do not fit: expected {}, but {} came",
                decode.expected, decode.came
            ),
            Detail::Decode(decode) if decode.gear.is_empty() => write!(
                f,
                "{} of the script does not fit: expected {}, but {} came; \
                 change the type or what the Python returns",
                decode.path, decode.expected, decode.came
            ),
            Detail::Decode(decode) => write!(
                f,
                "the result of {} does not fit: expected {}, but {} came; \
                 change the declared type or what the Python returns",
                decode.gear, decode.expected, decode.came
            ),
            Detail::Encode { message } | Detail::Configuration { message } => f.write_str(message),
            Detail::UnknownTrigger {
                trigger,
                version: Some(version),
            } => write!(
                f,
                "the server does not know the function `{trigger}@{version}` that this program was compiled with; \
                 register it with `register_all`, or say `pinned = false` to call what has the trigger `{trigger}`"
            ),
            Detail::UnknownTrigger {
                trigger,
                version: None,
            } => write!(
                f,
                "the server knows no trigger `{trigger}`; register it with `register_all`, \
                 and see that no one unregistered it"
            ),
            Detail::DuplicateTrigger(first) => {
                for duplicate in std::iter::once(first).chain(&first.others) {
                    write!(
                        f,
                        "the trigger `{}` of {} is held by a different function: {}; ",
                        duplicate.trigger, duplicate.ours, duplicate.theirs
                    )?;
                }
                f.write_str(
                    "rename one, say `replace = true` or `replace = false`, \
                     or unregister the other",
                )
            }
            Detail::Requirement(requirement) => {
                // Scripts have no trigger, and a gear may need no more than what all gears need.
                f.write_str("the requirements")?;
                if !requirement.requirements.is_empty() {
                    write!(f, " {:?}", requirement.requirements)?;
                }
                if !requirement.trigger.is_empty() {
                    write!(f, " of `{}`", requirement.trigger)?;
                }
                write!(f, " could not be installed: {}", requirement.message)
            }
            Detail::NotBound { trigger, mocked } if mocked.is_empty() => write!(
                f,
                "`{trigger}` was called before a connection was bound; call \
                 `register_all(&gears)` with a `Gears` or a client first, or call it through `{trigger}::on(…)`, which also takes a \
                 connection that is lent: registering over one binds nothing"
            ),
            Detail::NotBound { trigger, mocked } => write!(
                f,
                "`{trigger}` was called where only `{}` is mocked, and there is no server; mock it, too, \
                 with `{trigger}::mock`, or give the calls that are not mocked one with \
                 `Scope::over(&conn)` or `#[gears_runtime::test]`",
                mocked.join("`, `")
            ),
            Detail::Server { message } => write!(f, "the server refused: {message}"),
            Detail::Connection { message } => f.write_str(message),
            Detail::Timeout {
                what,
                after: Some(after),
            } => write!(
                f,
                "{what}: the server did not answer within {after:?}; it may be busy or gone, or \
                 the time given with `Gears::builder` too short"
            ),
            Detail::Timeout { what, after: None } => write!(
                f,
                "{what}: the server did not answer in the time that the connection gives it; it \
                 may be busy or gone, or the time too short"
            ),
            Detail::Unsupported(unsupported) => write!(
                f,
                "{} is not possible on {}; {}",
                unsupported.feature, unsupported.server, unsupported.remedy
            ),
        }
    }
}
