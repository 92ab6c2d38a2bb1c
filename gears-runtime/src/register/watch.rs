//! A look again, and again, at whether the server still has what was registered.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use redis::Connection;

use crate::connect::{gears::Gears, poison::unpoisoned};

/// How often it is looked whether the server still has what was registered, unless it was away.
const EVERY: Duration = Duration::from_secs(60);

/// How often it is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(1);

/// Puts back what a server has forgotten, for as long as it is kept: see [`Gears::watch`].
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, Watch};
///
/// struct Service {
///     gears: Gears,
///     /// Ends with the service.
///     _watch: Watch,
/// }
///
/// let gears = Gears::builder("redis://127.0.0.1:1/")?.build();
/// let service = Service { _watch: gears.watch(), gears };
/// # drop(service);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[must_use = "the server is watched until this is dropped"]
pub struct Watch {
    end: Arc<End>,
}

/// Tells the thread that it is over.
#[derive(Default)]
struct End {
    has_come: Mutex<bool>,
    told: Condvar,
}

impl End {
    /// Waits, and tells whether it is over.
    fn comes_within(&self, time: Duration) -> bool {
        let has_come = unpoisoned(self.has_come.lock());
        let waited = self.told.wait_timeout_while(has_come, time, |come| !*come);
        *unpoisoned(waited).0
    }
}

impl Gears {
    /// Watches the server, and registers again what it has forgotten of what was registered over this connection.
    ///
    /// Calls notice by themselves that the server has forgotten their gear; nobody calls the gears of events. So a
    /// thread keeps a connection, looks when that broke and can be made again, since the server may have started
    /// empty, and once a minute in any case. What this program took out with
    /// [`unregister_all`](crate::unregister_all) stays out, and what somebody else has put in its place stays there.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Record, Result, embedded, gear_on_keys, register_all};
    ///
    /// #[gear_on_keys(prefix = "order:*", mode = "sync")]
    /// fn count(_order: Record) {
    ///     "execute('INCR', 'orders')"
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// register_all(&gears)?;
    /// let _watch = gears.watch();
    /// // From here on the server may come and go.
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self) -> Watch {
        self.watch_every(EVERY)
    }

    /// Watches the server as [`watch`](Self::watch) does, and looks so often in any case.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::{thread, time::Duration};
    /// # use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
    /// # #[gear_command]
    /// # fn double(number: i64) -> Result<i64> {
    /// #     "return 2 * number"
    /// # }
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// register_all(&gears)?;
    /// let watch = gears.watch_every(Duration::from_millis(10));
    /// // Somebody takes it out by hand.
    /// gears.unregister(&gears.dump_registrations()?[0])?;
    /// while gears.dump_registrations()?.is_empty() {
    ///     thread::yield_now();
    /// }
    /// drop(watch); // from here on nobody looks
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_every(&self, time: Duration) -> Watch {
        let end = Arc::new(End::default());
        let (gears, until) = (self.clone(), Arc::clone(&end));
        let watching = thread::Builder::new().name("gears-watch".to_owned());
        let started = watching.spawn(move || watch(&gears, time, &until));
        // Without a thread for it there is no memory for much else.
        drop(started);
        Watch { end }
    }
}

fn watch(gears: &Gears, every: Duration, end: &End) {
    let mut line: Option<Connection> = None;
    let mut looked = None::<Instant>;
    while !end.comes_within(ALIVE.min(every)) {
        let is_alive = line
            .as_mut()
            .is_some_and(|line| redis::cmd("PING").exec(line).is_ok());
        if !is_alive {
            line = gears.apart().ok();
        }
        let is_due = looked.is_none_or(|looked| looked.elapsed() >= every);
        if line.is_some() && (!is_alive || is_due) {
            // Whoever is interested has spans of registrations; the next look comes soon.
            let restored = gears.restore(gears.attempts());
            looked = restored.is_ok().then(Instant::now);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        *unpoisoned(self.end.has_come.lock()) = true;
        self.end.told.notify_one();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
