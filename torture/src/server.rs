//! Servers of our own, in folders of their own.

use std::fs::{self, File};
use std::io::{Error, Result};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, DEADLINE, Value};

/// What servers are made of.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) server: PathBuf,
    pub(crate) engine: PathBuf,
    pub(crate) options: Vec<String>,
}

impl Plan {
    pub(crate) fn with(&self, options: &[&str]) -> Self {
        let mut plan = self.clone();
        plan.options
            .extend(options.iter().map(|&word| word.to_owned()));
        plan
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

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts a server that keeps its files in `folder`, and waits until it has loaded what is there.
    pub(crate) fn start(plan: &Plan, folder: &Path) -> Result<Self> {
        // Another program can take the port between the look and the start.
        let mut last = Error::other("no try");
        for _ in 0..3 {
            match Self::start_once(plan, folder) {
                Ok(server) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Starts a server that may have a reason not to.
    pub(crate) fn start_once(plan: &Plan, folder: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = folder.join("server.log");
        let output = File::create(&log)?;
        let child = Command::new(&plan.server)
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .args(&plan.options)
            .arg("--dir")
            .arg(folder)
            .arg("--loadmodule")
            .arg(&plan.engine)
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()?;
        let mut server = Self { child, port, log };
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if !server.runs() {
                break;
            }
            if let Ok(mut client) = Client::connect(port)
                && let Ok(Value::Text(_)) = client.text(&["PING"])
            {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(Error::other(format!(
            "the server does not start:\n{}",
            server.last_words()
        )))
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.port)
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

    /// The end of the log, for a report.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let start = log.len().saturating_sub(3_000);
        String::from_utf8_lossy(&log[start..]).into_owned()
    }

    /// Kilobytes of memory, where the system says.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
