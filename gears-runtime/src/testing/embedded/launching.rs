//! How a server is started, and asked to stop.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use redis::{Client, ConnectionLike as _, Value};

use super::{Server, find};
use crate::{
    error::{Error, Result, obstacle::Obstacle},
    testing::{signals, ward::Ward},
};

const START_TIMEOUT: Duration = Duration::from_secs(60);

const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How often another port is tried when somebody was faster to take one.
const PORTS: usize = 5;

/// How much of the log an error message shows.
const LOG_LINES: usize = 15;

/// Longer paths cannot be listened on, on any system.
const LONGEST_SOCKET: usize = 100;

pub(super) const POLL: Duration = Duration::from_millis(10);

impl Server {
    pub(super) fn launch(&mut self) -> Result<()> {
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
        let socket = folder.join("server.sock");
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
            self.url = format!("unix://{}", socket.display());
            command.args(["--port", "0"]);
        }
        // Who else got the same free port in the same moment answers there too, and one of
        // both ends. Only the one that was started here answers at its own socket.
        let mut arguments = self.plan.server_args.iter();
        let has_own = arguments.any(|argument| argument == "--unixsocket");
        let may_be = socket.as_os_str().len() <= LONGEST_SOCKET && !has_own;
        let asked = if may_be || !self.plan.tcp {
            command.arg("--unixsocket").arg(&socket);
            format!("unix://{}", socket.display())
        } else {
            self.url.clone()
        };
        let data = self.plan.data_dir.clone().unwrap_or_else(|| folder.clone());
        command
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(data);
        command.args(&self.plan.server_args);
        if let Some(engine) = engine {
            let packages = self.plan.packages_in(&folder);
            fs::create_dir_all(&packages).map_err(failed)?;
            command
                .arg("--loadmodule")
                .arg(engine)
                .arg("PythonInstallationDir")
                .arg(packages)
                .args(&self.plan.engine_args);
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        signals::hear(&mut command);
        command
            .envs(self.plan.envs.iter().map(|(name, value)| (name, value)))
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        self.child = Some(Ward::start(&mut command, &folder).map_err(failed)?);
        self.wait_until_ready(&asked)
    }

    fn wait_until_ready(&mut self, url: &str) -> Result<()> {
        let limit = self.plan.start_timeout.unwrap_or(START_TIMEOUT);
        let started = Instant::now();
        let client = Client::open(url).map_err(|error| {
            Error::from_redis(error, format_args!("starting the embedded server"), limit)
        })?;
        loop {
            let status = self.child.as_mut().map(Ward::try_wait);
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
    pub(super) fn stop(&mut self) {
        // Whoever else has its port by now must not be asked.
        if self.is_running() && self.ask_to_stop() {
            let asked = Instant::now();
            while asked.elapsed() < STOP_TIMEOUT {
                let status = self.child.as_mut().map(Ward::try_wait);
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
