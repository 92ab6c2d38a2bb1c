//! Servers of our own, in folders of their own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bounds;
use crate::client::{Client, DEADLINE, Value};

/// What servers are made of.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) server: PathBuf,
    /// Nothing for a server alone.
    pub(crate) engine: Option<PathBuf>,
    pub(crate) options: Vec<String>,
    /// Words for the engine, after its file.
    pub(crate) settings: Vec<String>,
}

impl Plan {
    pub(crate) fn with(&self, options: &[&str]) -> Self {
        let mut plan = self.clone();
        plan.options
            .extend(options.iter().map(|&word| word.to_owned()));
        plan
    }

    pub(crate) fn setting(&self, name: &str, value: &str) -> Self {
        let mut plan = self.clone();
        plan.settings.extend([name.to_owned(), value.to_owned()]);
        plan
    }

    /// The same server without the engine.
    pub(crate) fn alone(&self) -> Self {
        Self {
            engine: None,
            ..self.clone()
        }
    }

    /// The first number of the version; that of Valkey goes on where Redis 7 ended.
    pub(crate) fn major(&self) -> u32 {
        let version = self.version();
        let number = version.split([' ', '.']).find_map(|word| word.parse().ok());
        number.unwrap_or_default()
    }

    pub(crate) fn version(&self) -> String {
        let output = Command::new(&self.server).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        let name = text.split_whitespace().next().unwrap_or("server");
        let version = text
            .split_whitespace()
            .find_map(|word| word.strip_prefix("v="));
        format!("{name} {}", version.unwrap_or("?"))
    }
}

/// How a start went that may fail.
pub(crate) enum Start {
    Runs(Server),
    /// It ended by itself.
    Ended,
    /// It neither answers nor ends.
    Hangs,
}

pub(crate) struct Server {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts a server that keeps its files in `folder`, and waits until it has loaded what is there.
    pub(crate) fn start(plan: &Plan, folder: &Path) -> Result<Self> {
        match Self::try_start(plan, folder)? {
            Start::Runs(server) => Ok(server),
            Start::Ended | Start::Hangs => Err(Error::other(format!(
                "the server does not start:\n{}",
                last_words(&log_of(folder))
            ))),
        }
    }

    /// Starts a server that may have a reason not to. It is reached by a socket in its folder, and so needs no port.
    pub(crate) fn try_start(plan: &Plan, folder: &Path) -> Result<Start> {
        let log = log_of(folder);
        let socket = folder.join("socket");
        let _ = fs::remove_file(&socket);
        let output = File::create(&log)?;
        let mut command = Command::new(&plan.server);
        command
            .args(["--port", "0", "--bind", "127.0.0.1", "--save", ""])
            .args(["--crash-memcheck-enabled", "no", "--unixsocket"])
            .arg(&socket)
            .args(&plan.options)
            .arg("--dir")
            .arg(folder)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output);
        if let Some(engine) = &plan.engine {
            command.arg("--loadmodule").arg(engine).args(&plan.settings);
        }
        bounds::set(&mut command);
        let child = command.spawn()?;
        let mut server = Self { child, socket, log };
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if !server.runs() {
                return Ok(Start::Ended);
            }
            if let Ok(mut client) = server.client()
                && let Ok(reply) = client.text(&["PING"])
                && !matches!(&reply, Value::Error(error) if error.starts_with("LOADING"))
            {
                return Ok(Start::Runs(server));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Start::Hangs)
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(&self.socket)
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it answers a new connection within the deadline.
    pub(crate) fn answers(&mut self) -> bool {
        let reply = self.client().and_then(|mut client| client.text(&["PING"]));
        // Any reply shows life: memory can be short, a user can be refused.
        reply.is_ok() && self.runs()
    }

    /// What is wrong with it, if anything.
    pub(crate) fn fault(&mut self) -> Option<String> {
        let what = if !self.answers() {
            if self.runs() {
                // Its report says where it is.
                self.signal(libc::SIGABRT);
                self.ends();
                "the server no longer answers".to_owned()
            } else {
                let status = self.child.wait().map(|status| status.to_string());
                format!("the server has ended, {}", status.unwrap_or_default())
            }
        } else {
            complaint(&self.log)?
        };
        Some(format!("{what}\n{}", self.last_words()))
    }

    /// Says whether its log tells of a crash or the like.
    pub(crate) fn complains(&self) -> bool {
        complaint(&self.log).is_some()
    }

    /// The end of the log, for a report.
    pub(crate) fn last_words(&self) -> String {
        last_words(&self.log)
    }

    /// Kilobytes of memory, where the system says.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    fn status(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Whether it comes to its end by itself, which a report of a crash can put off.
    pub(crate) fn ends(&mut self) -> bool {
        let until = Instant::now() + DEADLINE;
        while self.runs() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        !self.runs()
    }

    /// Leaves it so many more bytes of addresses than it has, or all that it had at its start.
    pub(crate) fn spare_addresses(&self, bytes: Option<u64>) {
        let now = self.status("VmSize:").unwrap_or_default() * 1024;
        bounds::change(self.child.id(), bytes.map(|bytes| now + bytes));
    }

    /// Has it do nothing until it goes on.
    pub(crate) fn stop(&self) {
        self.signal(libc::SIGSTOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: libc::c_int) {
        if let Ok(process) = libc::pid_t::try_from(self.child.id()) {
            // SAFETY: the call takes numbers only, and the child has not been waited for.
            unsafe { libc::kill(process, signal) };
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn log_of(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// The line of a log that tells of a crash, or of a panic that was caught. Who has no memory says so first: to
/// find out where that was can take seconds, in which other threads answer still.
pub(crate) fn complaint(log: &Path) -> Option<String> {
    let log = BufReader::new(File::open(log).ok()?);
    log.split(b'\n').map_while(Result::ok).find_map(|line| {
        let line = String::from_utf8_lossy(&line);
        let words = [
            "crashed by signal",
            "BUG REPORT START",
            "panicked at",
            "memory allocation of ",
        ];
        words
            .iter()
            .any(|word| line.contains(word))
            .then(|| format!("the log says: {line}"))
    })
}

/// What a log says last, or of a crash.
fn last_words(log: &Path) -> String {
    let log = fs::read(log).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    if let Some((_, report)) = log.split_once("BUG REPORT START") {
        return report.lines().take(40).collect::<Vec<_>>().join("\n");
    }
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
