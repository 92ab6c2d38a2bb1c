//! A private server with the engine, for tests, examples and trying things out.
//!
//! [`Server::start`] starts `redis-server` or `valkey-server` in a temporary
//! folder, with `libgears_engine.so` loaded, on a unix socket that nobody else
//! uses, and stops it on drop. No port, no configuration and no data of the
//! machine are touched.
//!
//! A server that is not dropped ends with the program and leaves no folder behind: when the program is killed,
//! and when it keeps the server in a `static`. Which thread started it makes no difference.
//!
//! | what | where it is looked for |
//! | --- | --- |
//! | server | [`Builder::server_binary`], `GEARS_REDIS_SERVER`, `redis-server` and `valkey-server` on the `PATH`, `gears/bin` in the target folder, what `gears setup` brought |
//! | engine | [`Builder::engine`], `GEARS_ENGINE`, beside the running program and above it, the target folder, what `gears setup` brought |
//!
//! What gears require is installed once: servers share a folder of the user, with an environment for each set of
//! requirements and each Python, and one that finds its own there does not run pip. It is `gears/packages` where the
//! system keeps caches (`~/.cache`, `~/Library/Caches`), unless [`Builder::packages_dir`] or `GEARS_PACKAGES` names
//! another. To have newer packages, remove it.
//!
//! `gears setup` of the command line (`cargo install redis-gears-cli`) brings an engine, and a server where there is none,
//! into `gears/setup` where the system keeps caches; it needs a Python and no compiler.
//!
//! An engine that cargo built, and whose sources have changed since, is refused; the error says what
//! builds it again. With `GEARS_ENGINE` and [`Builder::engine`] it is taken as it is.

mod builder;
mod cache;
mod ending;
mod example;
mod find;
mod launching;
mod packages;
mod sources;

pub use self::builder::Builder;
#[doc(hidden)]
pub use self::{cache::Cache, example::example, find::server_of_machine};

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    error::{Error, Result},
    testing::ward::Ward,
};

/// Runs a private server until it is dropped.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, Script, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// gears.execute(&Script::from_source("log('hello from Python')"))?;
/// assert!(server.log().contains("hello from Python"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct Server {
    plan: Builder,
    child: Option<Ward>,
    url: String,
    port: Option<u16>,
    // Last, so that the folder goes after the server.
    folder: TempDir,
}

impl Builder {
    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when the server or the engine is not
    /// found, which `gears setup` mends, and `cargo xtask setup` in a checkout of gears;
    /// [`Connection`](crate::ErrorKind::Connection) with the end of its log when it does not start.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// let server = Server::builder().engine_args(["ExecutionThreads", "2"]).start()?;
    /// assert_eq!(Gears::connect(server.url())?.config().execution_threads()?, 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn start(self) -> Result<Server> {
        let folder = tempfile::Builder::new()
            .prefix("gears-")
            .tempdir()
            .map_err(|error| {
                Error::configuration("no temporary folder can be made for the embedded server")
                    .caused_by(error)
            })?;
        let mut server = Server {
            port: self.port,
            plan: self,
            child: None,
            url: String::new(),
            folder,
        };
        server.launch()?;
        Ok(server)
    }
}

impl Server {
    /// Starts a server with the engine and waits until it answers.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server, function::ShardsIdReader};
    ///
    /// let server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert_eq!(ShardsIdReader::new().count().run().on(&gears)?.into_one()?, 1);
    /// // Here the server ends, and all that it held is gone.
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// Starts a server without the engine, such as one for gears that run locally.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{embedded::Server, redis};
    ///
    /// let server = Server::plain()?;
    /// let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    /// redis::cmd("SET").arg("name").arg("Ada").exec(&mut connection).unwrap();
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn plain() -> Result<Self> {
        Self::builder().plain().start()
    }

    /// Says how the server is to be started.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{ErrorKind, Gears, embedded, register_all};
    ///
    /// let server = embedded::Server::builder().plain().tcp().start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let error = register_all(&gears).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unsupported);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the URL to connect to.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// let server = Server::start()?;
    /// assert!(server.url().starts_with("unix:///"));
    /// let gears = Gears::connect(server.url())?;
    /// assert!(gears.dump_registrations()?.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the TCP port, of a server that was asked to have one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// assert!(Server::builder().plain().tcp().start()?.port().is_some());
    /// assert_eq!(Server::plain()?.port(), None, "it listens on a socket");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Returns the process id; `None` when the server was [killed](Self::kill).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// let mut server = Server::plain()?;
    /// println!("look with: gdb -p {}", server.pid().unwrap());
    /// server.kill();
    /// assert_eq!(server.pid(), None);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Ward::id)
    }

    /// Returns the private folder, with the socket and the log.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// let server = Server::plain()?;
    /// let folder = server.folder().to_owned();
    /// assert!(folder.join("server.log").exists());
    /// drop(server);
    /// assert!(!folder.exists());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns what the server and the Python in it have written so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Script, embedded::Server};
    ///
    /// let server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("log('now it gets difficult', level='warning')"))?;
    /// assert!(server.log().contains("now it gets difficult"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn log(&self) -> String {
        fs::read(self.log_path())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Ends the server at once, as a crash would.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// let mut server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// server.kill();
    /// assert!(gears.dump_registrations().unwrap_err().is_connection());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// Stops the server and starts it again at the same URL, with what it has in its data folder.
    ///
    /// Data that is not saved is lost.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Script, embedded::Server};
    ///
    /// let mut server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('user:*')"))?;
    /// gears.execute(&Script::from_source("execute('SAVE')"))?;
    /// server.restart()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert_eq!(gears.dump_registrations()?.len(), 1, "what was saved is there again");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.launch()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn missing_binary_is_named() {
        let error = Server::builder()
            .server_binary("/no/such/redis-server")
            .start()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().contains("/no/such/redis-server"),
            "{error}"
        );
    }
}
