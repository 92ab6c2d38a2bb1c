//! What a server is started with.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// Says how a [`Server`](super::Server) is to be started.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, embedded};
///
/// let builder = embedded::Server::builder().tcp().server_args(["--maxmemory", "50mb"]);
/// let server = builder.start()?;
/// assert!(server.url().starts_with("redis://127.0.0.1:"));
/// # Gears::connect(server.url())?;
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pub(super) server_binary: Option<PathBuf>,
    pub(super) engine: Option<PathBuf>,
    pub(super) plain: bool,
    pub(super) tcp: bool,
    pub(super) port: Option<u16>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) packages_dir: Option<PathBuf>,
    pub(super) server_args: Vec<OsString>,
    pub(super) engine_args: Vec<OsString>,
    pub(super) envs: Vec<(OsString, OsString)>,
    pub(super) start_timeout: Option<Duration>,
}

impl Builder {
    /// Takes this server binary instead of looking for one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// let error = Server::builder().server_binary("/opt/valkey/bin/no-server").start().unwrap_err();
    /// assert!(error.to_string().contains("/opt/valkey/bin/no-server"));
    /// ```
    #[must_use]
    pub fn server_binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.server_binary = Some(path.into());
        self
    }

    /// Takes this `libgears_engine.so` instead of looking for one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// let error = Server::builder().engine("/opt/no-engine.so").start().unwrap_err();
    /// assert!(error.to_string().contains("/opt/no-engine.so"));
    /// ```
    #[must_use]
    pub fn engine(mut self, path: impl Into<PathBuf>) -> Self {
        self.engine = Some(path.into());
        self
    }

    /// Loads no engine at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// let server = Server::builder().plain().start()?;
    /// let error = Gears::connect(server.url())?.dump_registrations().unwrap_err();
    /// assert!(error.is_unsupported(), "it knows no gears");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Listens on a free TCP port of the loopback instead of a unix socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// let server = Server::builder().plain().tcp().start()?;
    /// assert_eq!(server.url(), format!("redis://127.0.0.1:{}/", server.port().unwrap()));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Listens on this TCP port of the loopback, and nowhere when somebody else has it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::embedded::Server;
    ///
    /// // For a demonstration in which somebody types `redis-cli -p 7777`.
    /// let server = Server::builder().port(7777).start()?;
    /// assert_eq!(server.port(), Some(7777));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.tcp = true;
        self.port = Some(port);
        self
    }

    /// Keeps the server's data in this folder, which outlives the server.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Script, embedded::Server};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let server = Server::builder().data_dir(folder.path()).start()?;
    /// Gears::connect(server.url())?.execute(&Script::from_source("execute('SAVE')"))?;
    /// drop(server);
    /// assert!(folder.path().join("dump.rdb").exists());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// Installs the packages that gears require into this folder, which servers may share.
    ///
    /// Unless set, it is the folder of the user that the [module](crate::embedded) names. A server whose pip is
    /// told something by [`env`](Self::env) (`PIP_…`) or by the setting `PipArguments` has a folder of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// // One for the project, such as a CI system keeps from one run to the next.
    /// let folder = tempfile::tempdir().unwrap();
    /// let server = Server::builder().packages_dir(folder.path()).start()?;
    /// let used = Gears::connect(server.url())?.config().python_installation_dir()?;
    /// assert_eq!(std::path::Path::new(&used), folder.path());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn packages_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.packages_dir = Some(path.into());
        self
    }

    /// Adds words to the server's command line, such as `["--maxmemory", "10mb"]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{embedded::Server, redis};
    ///
    /// let server = Server::builder().plain().server_args(["--databases", "2"]).start()?;
    /// let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    /// assert!(redis::cmd("SELECT").arg(1).exec(&mut connection).is_ok());
    /// assert!(redis::cmd("SELECT").arg(2).exec(&mut connection).is_err());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn server_args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.server_args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Adds words to the engine's arguments, such as `["ExecutionThreads", "2"]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// let server = Server::builder().engine_args(["MaxExecutions", "7"]).start()?;
    /// assert_eq!(Gears::connect(server.url())?.config().max_executions()?, 7);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn engine_args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.engine_args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable of the server, and so of pip, such as `PIP_NO_INDEX`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Script, embedded::Server};
    ///
    /// let server = Server::builder().env("GREETING", "hello").start()?;
    /// // What the server starts has it, too, as pip does.
    /// let source = "import subprocess; log(subprocess.getoutput('echo $GREETING'))";
    /// Gears::connect(server.url())?.execute(&Script::from_source(source))?;
    /// assert!(server.log().contains("hello"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// Sets how long starting may take: a minute unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::embedded::Server;
    ///
    /// // A test that rather fails than waits.
    /// let server = Server::builder().plain().start_timeout(Duration::from_secs(10)).start()?;
    /// assert!(server.pid().is_some());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = Some(timeout);
        self
    }
}
