//! A private server with the engine, for tests, examples and trying things out.
//!
//! [`Server::start`] starts `redis-server` or `valkey-server` in a temporary
//! folder, with `libgears_engine.so` loaded, on a unix socket that nobody else
//! uses, and stops it on drop. No port, no configuration and no data of the
//! machine are touched.
//!
//! | what | where it is looked for |
//! | --- | --- |
//! | server | [`Builder::server_binary`], `GEARS_REDIS_SERVER`, `redis-server` and `valkey-server` on the `PATH`, `gears/bin` in the target folder |
//! | engine | [`Builder::engine`], `GEARS_ENGINE`, beside the running program and above it, the target folder |

mod ending;
mod find;

use std::{
    ffi::{OsStr, OsString},
    fmt, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use redis::{Client, ConnectionLike as _, Value};
use tempfile::TempDir;

use crate::error::{Error, Result, obstacle::Obstacle};

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(10);
/// How often another port is tried when somebody was faster to take one.
const PORTS: usize = 5;
/// How much of the log an error message shows.
const LOG_LINES: usize = 15;

/// Runs a private server until it is dropped.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, Script, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// gears.execute(&Script::from_source("log('hello from Python')"))?;
/// assert!(server.log().contains("hello from Python"));
/// # Ok(())
/// # }
/// ```
pub struct Server {
    plan: Builder,
    child: Option<Child>,
    url: String,
    port: Option<u16>,
    // Last, so that the folder goes after the server.
    folder: TempDir,
}

/// Says how a [`Server`] is to be started.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let builder = embedded::Server::builder().tcp().server_args(["--maxmemory", "50mb"]);
/// let server = builder.start()?;
/// assert!(server.url().starts_with("redis://127.0.0.1:"));
/// # Gears::connect(server.url())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    server_binary: Option<PathBuf>,
    engine: Option<PathBuf>,
    plain: bool,
    tcp: bool,
    port: Option<u16>,
    data_dir: Option<PathBuf>,
    server_args: Vec<OsString>,
    engine_args: Vec<OsString>,
    envs: Vec<(OsString, OsString)>,
    start_timeout: Option<Duration>,
}

impl Builder {
    /// Takes this server binary instead of looking for one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let error = Server::builder().server_binary("/opt/valkey/bin/no-server").start().unwrap_err();
    /// assert!(error.to_string().contains("/opt/valkey/bin/no-server"));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let error = Server::builder().engine("/opt/no-engine.so").start().unwrap_err();
    /// assert!(error.to_string().contains("/opt/no-engine.so"));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().plain().start()?;
    /// let error = Gears::connect(server.url())?.dump_registrations().unwrap_err();
    /// assert!(error.is_unsupported(), "it knows no gears");
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().plain().tcp().start()?;
    /// assert_eq!(server.url(), format!("redis://127.0.0.1:{}/", server.port().unwrap()));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// // For a demonstration in which somebody types `redis-cli -p 7777`.
    /// let server = Server::builder().port(7777).start()?;
    /// assert_eq!(server.port(), Some(7777));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let folder = tempfile::tempdir().unwrap();
    /// let server = Server::builder().data_dir(folder.path()).start()?;
    /// Gears::connect(server.url())?.execute(&Script::from_source("execute('SAVE')"))?;
    /// drop(server);
    /// assert!(folder.path().join("dump.rdb").exists());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// Adds words to the server's command line, such as `["--maxmemory", "10mb"]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{embedded::Server, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().plain().server_args(["--databases", "2"]).start()?;
    /// let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    /// assert!(redis::cmd("SELECT").arg(1).exec(&mut connection).is_ok());
    /// assert!(redis::cmd("SELECT").arg(2).exec(&mut connection).is_err());
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().engine_args(["MaxExecutions", "7"]).start()?;
    /// assert_eq!(Gears::connect(server.url())?.config().max_executions()?, 7);
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().env("GREETING", "hello").start()?;
    /// // What the server starts has it, too, as pip does.
    /// let source = "import subprocess; log(subprocess.getoutput('echo $GREETING'))";
    /// Gears::connect(server.url())?.execute(&Script::from_source(source))?;
    /// assert!(server.log().contains("hello"));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// // A test that rather fails than waits.
    /// let server = Server::builder().plain().start_timeout(Duration::from_secs(10)).start()?;
    /// assert!(server.pid().is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = Some(timeout);
        self
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when the server or the engine is not
    /// found, which `cargo xtask setup` mends; [`Connection`](crate::ErrorKind::Connection) with
    /// the end of its log when it does not start.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, embedded::Server};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::builder().engine_args(["ExecutionThreads", "2"]).start()?;
    /// assert_eq!(Gears::connect(server.url())?.config().execution_threads()?, 2);
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert_eq!(ShardsIdReader::new().count().run().on(&gears)?.into_one()?, 1);
    /// // Here the server ends, and all that it held is gone.
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::plain()?;
    /// let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    /// redis::cmd("SET").arg("name").arg("Ada").exec(&mut connection).unwrap();
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::builder().plain().tcp().start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let error = register_all(&gears).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unsupported);
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::start()?;
    /// assert!(server.url().starts_with("unix:///"));
    /// let gears = Gears::connect(server.url())?;
    /// assert!(gears.dump_registrations()?.is_empty());
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// assert!(Server::builder().plain().tcp().start()?.port().is_some());
    /// assert_eq!(Server::plain()?.port(), None, "it listens on a socket");
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let mut server = Server::plain()?;
    /// println!("look with: gdb -p {}", server.pid().unwrap());
    /// server.kill();
    /// assert_eq!(server.pid(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Returns the private folder, with the socket, the log and installed requirements.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::embedded::Server;
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::plain()?;
    /// let folder = server.folder().to_owned();
    /// assert!(folder.join("server.log").exists());
    /// drop(server);
    /// assert!(!folder.exists());
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("log('now it gets difficult', level='warning')"))?;
    /// assert!(server.log().contains("now it gets difficult"));
    /// # Ok(())
    /// # }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let mut server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// server.kill();
    /// assert!(gears.dump_registrations().unwrap_err().is_connection());
    /// # Ok(())
    /// # }
    /// ```
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Either fails only when the process is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
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
    /// # fn main() -> gears_runtime::Result<()> {
    /// let mut server = Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('user:*')"))?;
    /// gears.execute(&Script::from_source("execute('SAVE')"))?;
    /// server.restart()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert_eq!(gears.dump_registrations()?.len(), 1, "what was saved is there again");
    /// # Ok(())
    /// # }
    /// ```
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.launch()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn launch(&mut self) -> Result<()> {
        let binary = find::server(self.plan.server_binary.as_deref())?;
        let engine = match self.plan.plain {
            true => None,
            false => Some(find::engine(self.plan.engine.as_deref())?),
        };
        let mut attempts = if self.plan.tcp && self.port.is_none() {
            PORTS
        } else {
            1
        };
        loop {
            attempts -= 1;
            match self.try_launch(&binary, engine.as_deref()) {
                Err(error) if attempts > 0 && error.is_address_in_use() => {
                    self.port = None;
                }
                result => return result,
            }
        }
    }

    fn try_launch(&mut self, binary: &Path, engine: Option<&Path>) -> Result<()> {
        let folder = self.folder.path().to_owned();
        let failed = |error: std::io::Error| {
            Error::configuration(format!("{} cannot be started", binary.display())).caused_by(error)
        };
        let mut command = Command::new(binary);
        if self.plan.tcp {
            let port = match self.port {
                // Who listens there already would answer in the place of the server that ends.
                Some(port) => {
                    TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
                        Error::connection(format!(
                            "127.0.0.1:{port} cannot be listened on: {error}"
                        ))
                        .with_obstacle(Obstacle::of_listening(&error))
                        .caused_by(error)
                    })?;
                    port
                }
                None => free_port().map_err(failed)?,
            };
            self.port = Some(port);
            self.url = format!("redis://127.0.0.1:{port}/");
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        } else {
            let socket = folder.join("server.sock");
            self.url = format!("unix://{}", socket.display());
            command.args(["--port", "0", "--unixsocket"]).arg(socket);
        }
        let data = self.plan.data_dir.clone().unwrap_or_else(|| folder.clone());
        command
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(data);
        command.args(&self.plan.server_args);
        if let Some(engine) = engine {
            let requirements = folder.join("python");
            fs::create_dir_all(&requirements).map_err(failed)?;
            command
                .arg("--loadmodule")
                .arg(engine)
                .arg("PythonInstallationDir")
                .arg(requirements)
                .args(&self.plan.engine_args);
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        let child = command
            .envs(self.plan.envs.iter().map(|(name, value)| (name, value)))
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(failed)?;
        self.child = Some(child);
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let limit = self.plan.start_timeout.unwrap_or(START_TIMEOUT);
        let started = Instant::now();
        let client = Client::open(self.url.as_str()).map_err(|error| {
            Error::from_redis(error, format_args!("starting the embedded server"), limit)
        })?;
        loop {
            let status = self.child.as_mut().map(Child::try_wait);
            if let Some(Ok(Some(status))) = status {
                self.child = None;
                let log = self.log_end();
                // The server says so there and nowhere else.
                let is_taken = log.contains("Address already in use");
                return Err(Error::connection(format!(
                    "the embedded server ended with {status} instead of starting; its log ends \
                     with:\n{log}"
                ))
                .with_obstacle(is_taken.then_some(Obstacle::Address)));
            }
            if answers(&client) {
                return Ok(());
            }
            if started.elapsed() >= limit {
                self.kill();
                return Err(Error::timeout(
                    format!(
                        "starting the embedded server; its log ends with:\n{}",
                        self.log_end()
                    ),
                    limit,
                ));
            }
            thread::sleep(POLL);
        }
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Asks the server to end, and ends it when it does not.
    fn stop(&mut self) {
        // Whoever else has its port by now must not be asked.
        if self.is_running() && self.ask_to_stop() {
            let asked = Instant::now();
            while asked.elapsed() < STOP_TIMEOUT {
                let status = self.child.as_mut().map(Child::try_wait);
                if matches!(status, None | Some(Ok(Some(_)) | Err(_))) {
                    break;
                }
                thread::sleep(POLL);
            }
        }
        self.kill();
    }

    fn ask_to_stop(&self) -> bool {
        let timeout = Duration::from_secs(1);
        let mut shutdown = redis::cmd("SHUTDOWN");
        shutdown.arg("NOSAVE");
        Client::open(self.url.as_str())
            .and_then(|client| client.get_connection_with_timeout(timeout))
            .and_then(|mut connection| {
                connection.send_packed_command(&shutdown.get_packed_command())
            })
            .is_ok()
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

/// Tells whether a server answers; one that asks for a password does, one that still loads does not.
fn answers(client: &Client) -> bool {
    let timeout = Duration::from_secs(1);
    let reply = client
        .get_connection_with_timeout(timeout)
        .and_then(|mut connection| {
            connection.set_read_timeout(Some(timeout))?;
            connection.req_command(&redis::cmd("PING"))
        });
    match reply {
        Ok(Value::ServerError(error)) => error.code() == "NOAUTH",
        reply => reply.is_ok(),
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Returns the value of an environment variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| value != OsStr::new(""))
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
