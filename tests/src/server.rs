//! The server that a test runs against.

use std::env;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::{Client, Launch, Process, ask};

/// A server with gears, for one test.
///
/// When the test has passed, the server must still answer: no test may leave it broken.
pub struct TestServer {
    url: String,
    process: Option<Process>,
    /// What the names that this test makes begin with.
    prefix: String,
}

impl TestServer {
    /// Takes the server that `GEARS_URL` names, or else starts one.
    ///
    /// # Panics
    ///
    /// When no server can be started, naming set-up.
    pub fn start() -> Self {
        match env::var("GEARS_URL").ok().filter(|url| !url.is_empty()) {
            Some(url) => Self::new(url, None),
            None => Self::private(),
        }
    }

    /// Starts a server that nobody else uses.
    ///
    /// # Panics
    ///
    /// When no server can be started, naming set-up.
    pub fn private() -> Self {
        Self::of(Launch::new().start())
    }

    /// Takes a server that was started specially.
    pub fn of(process: Process) -> Self {
        Self::new(process.url(), Some(process))
    }

    fn new(url: String, process: Option<Process>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            url,
            process,
            prefix: format!("gears-tests-{}-{number}-", process::id()),
        }
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connects a plain client.
    pub fn client(&self) -> Client {
        Client::connect(&self.url)
    }

    /// Makes a name for a trigger, a key or a session that no other test uses.
    pub fn name(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// Returns what the server has written so far, if it is ours.
    pub fn log(&self) -> Option<String> {
        self.process.as_ref().map(Process::log)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if thread::panicking() {
            if let Some(process) = &self.process {
                eprintln!("the server said:\n{}", process.log());
            }
            return;
        }
        let mut client = self.client();
        if self.process.is_none() {
            for (trigger, id) in client.triggers() {
                if trigger.starts_with(&self.prefix) {
                    ask!(client, "RG.UNREGISTER", id);
                }
            }
        }
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}
