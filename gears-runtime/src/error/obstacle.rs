//! What stands in the way of a command, said more closely than by the kind of the error.

#[cfg(any(feature = "embedded", feature = "tls"))]
use std::io;

use redis::RedisError;

use super::Error;

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

impl Obstacle {
    /// Reads the text of an error reply: what it is about is its code.
    pub(crate) fn of_reply(raw: &str) -> Option<Self> {
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

impl Error {
    /// Tells whether the server wants a password, or another one than it got.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::builder().server_args(["--requirepass", "secret"]).start()?;
    /// let error = Gears::connect(server.url()).unwrap_err();
    /// assert!(error.is_auth(), "no password was given");
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_auth(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Login)
    }

    /// Tells whether the user may not send the command, or not use the key.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::redis::cmd;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let mut admin = gears.client().get_connection()?;
    /// let rules = ["on", ">pw", "+@all", "-rg.pystats"];
    /// cmd("ACL").arg("SETUSER").arg("ada").arg(&rules).exec(&mut admin)?;
    /// let ada = Gears::connect(format!("{}?user=ada&pass=pw", server.url()))?;
    /// assert!(ada.py_stats().unwrap_err().is_permission());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_permission(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Permission)
    }

    /// Tells whether TLS could not be agreed on: one side does not trust the certificate of the
    /// other, or the server does not speak it.
    ///
    /// Always `false` without the feature `tls`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "tls", doc = "```")]
    #[cfg_attr(not(feature = "tls"), doc = "```text")]
    /// use std::{io, net::TcpListener, thread};
    /// use gears_runtime::Gears;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// // A server that speaks no TLS.
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let url = format!("rediss://{}/", listener.local_addr()?);
    /// thread::spawn(move || {
    ///     let (mut client, _) = listener.accept()?;
    ///     io::copy(&mut &b"-ERR unknown command\r\n"[..], &mut client)?;
    ///     io::copy(&mut client, &mut io::sink())
    /// });
    /// assert!(Gears::connect(url).unwrap_err().is_tls());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_tls(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Tls)
    }

    /// Tells whether the server refused for now only: it loads its data, runs a script, or its
    /// cluster is about to change.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = ExecutionError::from("LOADING Redis is loading the dataset in memory");
    /// assert!(Error::from(error).is_transient());
    /// ```
    pub fn is_transient(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Moment)
    }

    /// Tells whether a script wanted a trigger that another registration has.
    ///
    /// What `register_all` finds out by itself is a
    /// [`DuplicateTrigger`](crate::ErrorKind::DuplicateTrigger) instead, and names both.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='next')"))?;
    /// let other = Script::from_source("GB('CommandReader').count().register(trigger='next')");
    /// assert!(gears.execute(&other).unwrap_err().is_trigger_taken());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_trigger_taken(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Trigger)
    }

    /// Tells whether somebody else listens where an embedded server should.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let other = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let port = other.local_addr()?.port();
    /// let error = Server::builder().port(port).start().unwrap_err();
    /// assert!(error.is_address_in_use());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "embedded")]
    pub fn is_address_in_use(&self) -> bool {
        self.repr.obstacle == Some(Obstacle::Address)
    }
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
            // Others that begin alike, or quote one.
            ("BUSYGROUP Consumer Group name already exists", None),
            ("ERR the script said NOPERM", None),
            ("", None),
        ] {
            assert_eq!(Obstacle::of_reply(raw), obstacle, "{raw}");
        }
    }
}
