//! What stands in the way, asked.

use super::{Error, obstacle::Obstacle};

impl Error {
    /// Tells whether the server wants a password, or another one than it got.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// let server = embedded::Server::builder().server_args(["--requirepass", "secret"]).start()?;
    /// let error = Gears::connect(server.url()).unwrap_err();
    /// assert!(error.is_auth(), "no password was given");
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='next')"))?;
    /// let other = Script::from_source("GB('CommandReader').count().register(trigger='next')");
    /// assert!(gears.execute(&other).unwrap_err().is_trigger_taken());
    /// # Ok::<(), gears_runtime::Error>(())
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
