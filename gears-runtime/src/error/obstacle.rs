//! What stands in the way of a command, said more closely than by the kind of the error.

#[cfg(any(feature = "embedded", feature = "tls"))]
use std::io;

use redis::RedisError;

/// Names what whoever meets the error can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The server does not let this client in.
    Login,
    /// The user may not do this.
    Permission,
    /// TLS could not be agreed on.
    Tls,
    /// The server cannot do it now.
    Moment,
    /// Another registration has the trigger.
    Trigger,
    /// Somebody else listens at the address.
    #[cfg(feature = "embedded")]
    Address,
}

/// What shards say of which two register the same at once.
const RACE: &str = "at this moment, look whether it is what you want and try again";

impl Obstacle {
    /// Reads the text of an error reply: what it is about is its code.
    pub(crate) fn of_reply(raw: &str) -> Option<Self> {
        if raw.contains(RACE) {
            return Some(Self::Moment);
        }
        // A shard that refuses what others took has a sign in front of its code.
        let code = raw.trim_start_matches('-').split(' ').next()?;
        Self::of_code(code).or_else(|| {
            // Tracebacks hold it somewhere, and texts of shards after their names.
            raw.contains("trigger already registered")
                .then_some(Self::Trigger)
        })
    }

    fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "NOAUTH" | "WRONGPASS" => Self::Login,
            "NOPERM" => Self::Permission,
            "BUSY" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "MOVED" | "TRYAGAIN" => {
                Self::Moment
            }
            _ => return None,
        })
    }

    /// Looks into a failure of a connection.
    pub(crate) fn of_connection(error: &RedisError) -> Option<Self> {
        if error.kind() == redis::ErrorKind::AuthenticationFailed {
            return Some(Self::Login);
        }
        #[cfg(feature = "tls")]
        if is_tls(error) {
            return Some(Self::Tls);
        }
        Self::of_code(error.code()?)
    }

    /// Looks into a failure to listen at an address.
    #[cfg(feature = "embedded")]
    pub(crate) fn of_listening(error: &io::Error) -> Option<Self> {
        (error.kind() == io::ErrorKind::AddrInUse).then_some(Self::Address)
    }
}

/// Tells whether a connection failed for what rustls met.
///
/// `redis` shares it, and it is mostly the inside of an error of I/O.
#[cfg(feature = "tls")]
fn is_tls(error: &RedisError) -> bool {
    type Shared = std::sync::Arc<dyn std::error::Error + Send + Sync>;
    let source = std::error::Error::source(error);
    let Some(source) = source.and_then(|source| source.downcast_ref::<Shared>()) else {
        return false;
    };
    let inside = source
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    source.is::<rustls::Error>() || inside.is_some_and(|inside| inside.is::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_stands_in_the_way() {
        for (raw, obstacle) in [
            ("NOAUTH Authentication required.", Some(Obstacle::Login)),
            (
                "WRONGPASS invalid username-password pair",
                Some(Obstacle::Login),
            ),
            (
                "NOPERM this user has no permissions",
                Some(Obstacle::Permission),
            ),
            (
                "-NOPERM shard-0: no permissions",
                Some(Obstacle::Permission),
            ),
            (
                "BUSY Redis is busy running a script.",
                Some(Obstacle::Moment),
            ),
            ("MOVED 1 127.0.0.1:1", Some(Obstacle::Moment)),
            (
                "-ERR shard-0: trigger already registered",
                Some(Obstacle::Trigger),
            ),
            (
                "['Traceback (most recent call last):\\n', 'spam.error: trigger already registered\\n']",
                Some(Obstacle::Trigger),
            ),
            (
                "ERR shard-1: the trigger t is being registered from the shard 0 at this moment, \
                 look whether it is what you want and try again",
                Some(Obstacle::Moment),
            ),
            // Others that begin alike, or quote one.
            ("BUSYGROUP Consumer Group name already exists", None),
            ("ERR the script said NOPERM", None),
            ("", None),
        ] {
            assert_eq!(Obstacle::of_reply(raw), obstacle, "{raw}");
        }
    }
}
