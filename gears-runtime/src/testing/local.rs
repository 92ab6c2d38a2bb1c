//! Gears in a Python of this machine, to test their bodies without a module.
//!
//! [`Gears::local`] starts a child Python process and runs this binary's gears there, with
//! `execute`, `cmd`, `atomic`, `hashtag` and `log` over a plain connection to any Redis or
//! Valkey, with a module or without. The scripts, the codecs and the errors are those of a
//! server. `breakpoint()` works: the child has the terminal of its parent, so run the test with
//! `cargo test name -- --nocapture`.
//!
//! | which Python | |
//! | --- | --- |
//! | [`Builder::python`] | a path, or a name on the `PATH` |
//! | `GEARS_PYTHON` | the same |
//! | the virtual environment that is active (`VIRTUAL_ENV`) | |
//! | the project's | `.venv`, `venv` or `target/gears/python` here or above |
//! | `python3` or `python` on the `PATH` | 3.8 or later |
//!
//! Nothing is installed: what gears require must be importable there.
//!
//! **One child, one call at a time.** Calls run one after another, in the order in which they
//! come; coroutines go on together. A call that takes longer than its time
//! ([`Builder::response_timeout`]) ends the child, and with it the other calls that are under
//! way; the next call starts it again, with all that was registered. Each [`Gears::local`] has
//! a child of its own, which dies with it and with this program.
//!
//! **What differs from a server.** Nothing is atomic by itself, not even mode `sync`.
//! `with atomic():` becomes one `MULTI` … `EXEC`: the reply to a command can be used after the
//! block, and is an error that says so inside. Functions use the database of the URL, which on
//! a server is always 0. There is no deadline but `timeout_ms` and the response timeout; after a
//! breakpoint there is none.
//!
//! **What cannot be had** is [`Unsupported`](crate::ErrorKind::Unsupported), and says what: gears
//! that events call, hooks, `run()` of a [`Script`](crate::Script), background executions, mode
//! `async` on a cluster of several shards, and all commands `RG.…` but those that register,
//! list, unregister and trigger.

mod find;
mod process;
mod settings;

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use redis::{Client, IntoConnectionInfo};

use self::process::Process;
use crate::{
    connect::{
        gears::{Gears, builder::GearsBuilder},
        node::Node,
        overseer::Overseer,
    },
    error::{Error, Result},
};

#[cfg(not(unix))]
compile_error!("the feature `local` of gears-runtime needs unix sockets");

/// Says how gears are to run locally; see the [module](self).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Result, embedded, gear_command, local, register_where};
///
/// /// Counts visits.
/// #[gear_command]
/// fn visit(counter: &str, by: i64) -> Result<i64> {
///     "return execute('INCRBY', counter, by)"
/// }
///
/// # fn main() -> Result<()> {
/// let server = embedded::Server::plain()?;
/// let gears = local::Builder::new().env("TZ", "UTC").connect(server.url())?;
/// register_where(&gears, |gear| gear.name() == "visit")?;
/// let visit = visit::on(&gears);
/// assert_eq!(visit.call("home", 2)?, 2);
/// assert_eq!(visit.call("home", 3)?, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    python: Option<PathBuf>,
    envs: Vec<(OsString, OsString)>,
    response_timeout: Option<Duration>,
}

impl Builder {
    /// Starts with the Python that the [module](self) finds.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{embedded, local};
    /// # let server = embedded::Server::plain()?;
    /// let gears = local::Builder::new().connect(server.url())?;
    /// assert!(gears.dump_registrations()?.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes this Python instead of looking for one: a path, or a name on the `PATH`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{embedded, local};
    /// # let server = embedded::Server::plain()?;
    /// let error = local::Builder::new()
    ///     .python("/opt/no/such/python3")
    ///     .connect(server.url())
    ///     .unwrap_err();
    /// assert!(error.to_string().contains("/opt/no/such/python3"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn python(mut self, path: impl Into<PathBuf>) -> Self {
        self.python = Some(path.into());
        self
    }

    /// Sets an environment variable of the child.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Result, embedded, gear_command, local, register_where};
    ///
    /// /// Tells what the child is set to.
    /// #[gear_command]
    /// fn zone() -> Result<String> {
    ///     r#"
    ///     import os
    ///     return os.environ["TZ"]
    ///     "#
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::plain()?;
    /// let gears = local::Builder::new().env("TZ", "Europe/Paris").connect(server.url())?;
    /// register_where(&gears, |gear| gear.name() == "zone")?;
    /// assert_eq!(zone::on(&gears).call()?, "Europe/Paris");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// Sets how long a call may take before it ends the child: 30 seconds unless set.
    ///
    /// Many calls that go out together have this time together.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::{Result, embedded, gear_command, local, register_where};
    ///
    /// #[gear_command(mode = "sync")]
    /// fn nap(seconds: f64) -> Result<()> {
    ///     r#"
    ///     import time
    ///     time.sleep(seconds)
    ///     "#
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::plain()?;
    /// let gears = local::Builder::new()
    ///     .response_timeout(Duration::from_secs(2))
    ///     .connect(server.url())?;
    /// register_where(&gears, |gear| gear.name() == "nap")?;
    /// assert!(nap::on(&gears).call(30.0).unwrap_err().is_timeout());
    /// assert!(nap::on(&gears).call(0.0).is_ok(), "the child has been started again");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = Some(timeout);
        self
    }

    /// Starts the child, whose gears use the server at `url`.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when there is no Python, it cannot be
    /// started, or the URL makes no sense; what connecting to the server can have, as it is
    /// asked whether it is there.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{embedded, local};
    /// # let server = embedded::Server::plain()?;
    /// let gears = local::Builder::new().connect(server.url())?;
    /// assert!(gears.info_cluster().unwrap_err().is_unsupported(), "there is no module");
    ///
    /// let nowhere = local::Builder::new().connect("redis://127.0.0.1:1/");
    /// assert!(nowhere.unwrap_err().is_connection());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn connect(self, url: impl IntoConnectionInfo) -> Result<Gears> {
        let server = Gears::builder(url)?.into_client();
        // Only a plain connection is needed, and none is kept.
        reach(&server)?;
        let python = find::python(self.python.as_deref())?;
        let process = Process::start(
            python,
            self.envs,
            settings::server(server.get_connection_info())?,
        )?;
        let target = Client::open(format!("unix://{}", process.socket().display()))
            .map_err(|error| Error::configuration(format!("no place for a socket: {error}")))?;
        let mut builder = GearsBuilder::new(target.clone());
        if let Some(timeout) = self.response_timeout {
            builder = builder.response_timeout(timeout);
        }
        let overseer = Overseer::of(Arc::new(process));
        let node = Node::overseen(target, server, builder.limits(), &overseer);
        node.checkout(builder.limits().connect_timeout)?;
        Ok(builder.build_over(node))
    }
}

impl Gears {
    /// Runs this binary's gears in a Python of this machine, against any Redis or Valkey at `url`.
    ///
    /// See the module [`local`](crate::local) for what is the same as on a server and what is
    /// not; [`local::Builder`](crate::testing::local::Builder) has options. [`client`](Self::client) is
    /// that of the server at `url`.
    ///
    /// # Errors
    ///
    /// As [`local::Builder::connect`](crate::local::Builder::connect).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, embedded, gear_command, register_where};
    ///
    /// #[gear_command]
    /// fn salute(name: &str) -> Result<String> {
    ///     r#"
    ///     execute("INCR", "greetings")
    ///     return "Hello, " + name
    ///     "#
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let server = embedded::Server::plain()?;     // a Redis without any module
    /// let gears = Gears::local(server.url())?;
    /// register_where(&gears, |gear| gear.name() == "salute")?;
    /// assert_eq!(salute::on(&gears).call("Ada")?, "Hello, Ada");
    /// # Ok(())
    /// # }
    /// ```
    pub fn local(url: impl IntoConnectionInfo) -> Result<Self> {
        Builder::new().connect(url)
    }
}

/// Looks whether the server is there.
fn reach(server: &Client) -> Result<()> {
    let timeout = crate::connect::gears::timeouts::CONNECT_TIMEOUT;
    match server.get_connection_with_timeout(timeout) {
        Ok(_) => Ok(()),
        Err(error) => {
            let address = server.get_connection_info().addr();
            Err(Error::from_redis(
                error,
                format_args!("connecting to {address}"),
                timeout,
            ))
        }
    }
}
