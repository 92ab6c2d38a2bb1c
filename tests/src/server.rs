//! The server that a test runs against.

use std::collections::HashMap;
use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use gears_runtime::embedded::{Builder, Server};
use gears_runtime::{Gear, Gears, register_where};
use redis::Value;

use crate::{Client, Mask, ask};

/// A server with gears, for one test.
///
/// When the test has passed, the server must still answer: no test may leave it broken.
pub struct TestServer {
    url: String,
    private: Option<Server>,
    /// What the names that this test makes begin with.
    prefix: String,
    /// Whether the server must answer in the end.
    alive: bool,
    /// The triggers of gears that this test registered.
    registered: Mutex<Vec<&'static str>>,
}

/// How many tests use each trigger of a gear, for servers that tests share.
static IN_USE: Mutex<Option<HashMap<&'static str, usize>>> = Mutex::new(None);

impl TestServer {
    /// Takes the server that `GEARS_URL` names, or else starts one.
    ///
    /// # Panics
    ///
    /// When no server can be started, naming set-up.
    pub fn start() -> Self {
        match env::var("GEARS_URL").ok().filter(|url| !url.is_empty()) {
            Some(url) => Self::new(url, None),
            None => match env::var("GEARS_AS")
                .ok()
                .filter(|version| !version.is_empty())
            {
                Some(version) => Self::passed_off(&version),
                None => Self::private(),
            },
        }
    }

    /// Starts a server of our engine that passes itself off as this version of RedisGears.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or the version makes no sense.
    pub fn passed_off(version: &str) -> Self {
        let parts: Vec<i64> = version
            .split('.')
            .map(|part| part.parse().expect("a version like 1.0.6"))
            .collect();
        let [major, minor, patch] = parts[..] else {
            panic!("{version} is no version like 1.0.6");
        };
        let number = major * 10000 + minor * 100 + patch;
        let mut builder = Server::builder().tcp();
        if number < 10200 {
            builder = builder.engine_args(["ReplyShapes", "1.0"]);
        }
        let server = builder.start().unwrap();
        let mask = Mask::open(server.url(), number);
        Self::new(mask.url(), Some(server))
    }

    /// Starts a server that nobody else uses.
    ///
    /// # Panics
    ///
    /// When no server can be started, naming set-up.
    pub fn private() -> Self {
        Self::of(Server::builder())
    }

    /// Starts a server specially, that nobody else uses.
    ///
    /// # Panics
    ///
    /// When it cannot be started, naming set-up.
    pub fn of(builder: Builder) -> Self {
        // The error names what is missing and `cargo xtask setup`.
        let server = builder.start().unwrap();
        Self::new(server.url().to_owned(), Some(server))
    }

    fn new(url: String, private: Option<Server>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            url,
            private,
            prefix: format!("gears-tests-{}-{number}-", process::id()),
            alive: true,
            registered: Mutex::default(),
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

    /// Connects as programs do.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub fn gears(&self) -> Gears {
        Gears::connect(self.url()).unwrap()
    }

    /// Makes a name for a trigger, a key or a session that no other test uses.
    pub fn name(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// Returns the server itself, to end it or to start it again.
    ///
    /// # Panics
    ///
    /// When it is not ours.
    pub fn private_mut(&mut self) -> &mut Server {
        self.private.as_mut().expect("a private server")
    }

    /// Returns the port that the server listens on.
    ///
    /// # Panics
    ///
    /// When it is not ours, or listens on a socket.
    pub fn port(&self) -> u16 {
        let private = self.private.as_ref().expect("a private server");
        private.port().expect("a server with a port")
    }

    /// Ends the server by force: it is not asked to answer once more.
    pub fn kill(mut self) {
        self.private_mut().kill();
        self.alive = false;
    }

    /// Returns what the server has written so far, if it is ours.
    pub fn log(&self) -> Option<String> {
        self.private.as_ref().map(Server::log)
    }

    /// Registers some of this binary's gears, until the test ends.
    ///
    /// # Panics
    ///
    /// When that fails.
    pub fn register(&self, gears: &[&'static Gear]) -> Gears {
        self.try_register(gears).unwrap()
    }

    /// Registers some of this binary's gears, until the test ends, where the server has what they ask for.
    ///
    /// # Errors
    ///
    /// As [`register_where`].
    pub fn try_register(&self, gears: &[&'static Gear]) -> gears_runtime::Result<Gears> {
        let connection = self.gears();
        self.keep(gears);
        register_where(&connection, |gear| {
            gears.iter().any(|wanted| std::ptr::eq(*wanted, gear))
        })?;
        Ok(connection)
    }

    /// Takes these gears out when the test ends, and no other test uses them.
    pub fn keep(&self, gears: &[&'static Gear]) {
        if self.private.is_some() {
            return;
        }
        let mut registered = lock(&self.registered);
        let mut in_use = lock(&IN_USE);
        let in_use = in_use.get_or_insert_default();
        for gear in gears {
            registered.push(gear.trigger());
            *in_use.entry(gear.trigger()).or_default() += 1;
        }
    }

    /// Takes out what this test registered on a server that others use too.
    fn clean_up(&self, client: &mut Client) {
        // Held to the end: a test that starts now registers after this.
        let mut in_use = lock(&IN_USE);
        let in_use = in_use.get_or_insert_default();
        let mut unused = Vec::new();
        for trigger in lock(&self.registered).drain(..) {
            let users = in_use.entry(trigger).or_default();
            *users = users.saturating_sub(1);
            if *users == 0 {
                unused.push(trigger);
            }
        }
        if !matches!(client.value(&[b"RG.DUMPREGISTRATIONS"]), Value::Array(_)) {
            // Without the module there is nothing to take out; the test itself has said so.
            return;
        }
        for (trigger, id) in client.triggers() {
            if trigger.starts_with(&self.prefix) || unused.contains(&trigger.as_str()) {
                ask!(client, "RG.UNREGISTER", id);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if thread::panicking() {
            match &self.private {
                Some(server) => eprintln!("the server said:\n{}", server.log()),
                None => {
                    let clean_up = || self.clean_up(&mut self.client());
                    // One failure is enough to tell.
                    let _ = panic::catch_unwind(AssertUnwindSafe(clean_up));
                }
            }
            return;
        }
        if !self.alive {
            return;
        }
        let mut client = self.client();
        if self.private.is_none() {
            self.clean_up(&mut client);
        }
        assert_eq!(ask!(client, "PING"), "+PONG");
    }
}
