//! The Python process: started when it is needed, ended when its time is up.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    process::Command,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::settings;
use crate::{
    connect::{
        overseer::{Eye, Keeper},
        poison::unpoisoned,
    },
    error::{Error, Result},
    testing::{signals, ward::Ward},
};

const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a process whose connections broke may take to be gone.
const END_TIMEOUT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(2);
/// How long a reply may take where the watch has an eye on the time.
const UNLIMITED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Owns the process; it ends with this.
#[derive(Debug)]
pub(crate) struct Process {
    python: PathBuf,
    envs: Vec<(OsString, OsString)>,
    server: Value,
    shared: Arc<Shared>,
    // Last, so that the folder goes after the process.
    folder: TempDir,
}

/// What the threads that look after the process need.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    child: Option<Ward>,
    /// Counts the processes so far.
    epoch: u64,
    /// How those that are gone ended, by their count.
    endings: HashMap<u64, String>,
    /// Whether a function is at a breakpoint, and so has no deadline.
    debugging: bool,
    /// When the time of each call is up, and how long it had.
    watches: HashMap<u64, (Instant, Duration)>,
    next_watch: u64,
    /// The calls whose time was up.
    overdue: HashSet<u64>,
    closing: bool,
}

/// Watches the time of one call.
#[derive(Debug)]
struct Watch {
    shared: Arc<Shared>,
    number: u64,
    /// The process that the call is for.
    epoch: u64,
    timeout: Duration,
}

impl Process {
    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    ///
    /// Python cannot be started, is too old, or ends at once.
    pub(super) fn start(
        python: PathBuf,
        envs: Vec<(OsString, OsString)>,
        server: Value,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("gears-local-")
            .tempdir()
            .map_err(|error| {
                Error::configuration("no temporary folder can be made to run gears locally")
                    .caused_by(error)
            })?;
        let process = Self {
            python,
            envs,
            server,
            shared: Arc::default(),
            folder,
        };
        process.launch(&mut process.shared.lock())?;
        let shared = Arc::clone(&process.shared);
        thread::Builder::new()
            .name("gears-local-watch".to_owned())
            .spawn(move || shared.watch())
            .map_err(|error| {
                Error::configuration("no thread can be started to run gears locally")
                    .caused_by(error)
            })?;
        Ok(process)
    }

    /// Returns where it listens.
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("gears.sock")
    }

    fn launch(&self, state: &mut State) -> Result<()> {
        let python = self.python.display();
        let failed = |what: &str, error: std::io::Error| {
            Error::configuration(format!("{python} cannot run gears locally: {what}"))
                .caused_by(error)
        };
        let folder = self.folder.path();
        let (control, listen) = (folder.join("control.sock"), self.socket());
        for socket in [&control, &listen] {
            // They are there after a process that ended.
            let _ = fs::remove_file(socket);
        }
        let listener = UnixListener::bind(&control).map_err(|error| failed("no socket", error))?;
        let started = Instant::now();
        let mut command = Command::new(&self.python);
        signals::hear(&mut command);
        command
            .args(["-u", "-c", settings::BOOTSTRAP])
            .arg(&control)
            .envs(self.envs.iter().map(|(name, value)| (name, value)));
        // The terminal is the debugger's; the protocol has sockets of its own.
        let mut child = Ward::start(&mut command, folder)
            .map_err(|error| failed("it cannot be started", error))?;
        let settings = settings::line(&self.server, &listen, &folder.join("registered.json"));
        let greeted =
            accept(&listener, &mut child, started).and_then(|stream| greet(stream, &settings?));
        match greeted {
            Ok(control) => {
                state.epoch += 1;
                state.debugging = false;
                state.child = Some(child);
                let (shared, epoch) = (Arc::clone(&self.shared), state.epoch);
                thread::Builder::new()
                    .name("gears-local-control".to_owned())
                    .spawn(move || shared.listen(control, epoch))
                    .map_err(|error| failed("no thread can be started", error))?;
                Ok(())
            }
            Err(fault) => {
                drop(child);
                Err(Error::configuration(format!(
                    "{python} cannot run gears locally: {fault}; set GEARS_PYTHON to a Python 3.8 \
                     or later"
                )))
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closing = true;
        state.end();
        drop(state);
        self.shared.changed.notify_all();
    }
}

/// Says in words what went wrong at the start.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Waits until the new process connects.
fn accept(
    listener: &UnixListener,
    child: &mut Ward,
    started: Instant,
) -> Result<UnixStream, Fault> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("it ended with {status} instead of starting").into());
        }
        if started.elapsed() > START_TIMEOUT {
            return Err(format!("it did not start within {START_TIMEOUT:?}").into());
        }
        thread::sleep(POLL);
    }
}

/// Tells the new process what it has to know, and waits until it is ready.
fn greet(stream: UnixStream, settings: &str) -> Result<BufReader<UnixStream>, Fault> {
    stream.set_read_timeout(Some(START_TIMEOUT))?;
    stream.set_write_timeout(Some(START_TIMEOUT))?;
    let mut reader = BufReader::new(stream);
    // Who is too old may be gone before it has read all: what it said counts.
    let written = reader.get_mut().write_all(settings.as_bytes());
    let mut line = String::new();
    reader.read_line(&mut line)?;
    match line.trim_end().split_once(' ') {
        Some(("ready", _)) => {
            reader.get_ref().set_read_timeout(None)?;
            Ok(reader)
        }
        Some(("old", version)) => Err(format!("it is Python {version}").into()),
        _ => {
            written?;
            Err("it ended while it started, and said why on the standard error".into())
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Hears from one process what its debugger does, until it ends.
    fn listen(&self, mut control: BufReader<UnixStream>, epoch: u64) {
        let mut line = String::new();
        while control.read_line(&mut line).is_ok_and(|read| read > 0) {
            let mut state = self.lock();
            if state.epoch == epoch {
                state.debugging = line.trim_end() == "debugging";
                if state.debugging {
                    // The one at the breakpoint, whose reply may come after the debugger's end.
                    state.watches.clear();
                } else {
                    state.restart_watches();
                }
            }
            drop(state);
            self.changed.notify_all();
            line.clear();
        }
    }

    /// Ends the process when the time of a call is up.
    fn watch(&self) {
        let mut state = self.lock();
        while !state.closing {
            let now = Instant::now();
            let next = state.watches.values().map(|(end, _)| *end).min();
            state = match next.filter(|_| !state.debugging) {
                Some(end) if end <= now => {
                    let late: Vec<u64> = state
                        .watches
                        .extract_if(|_, (end, _)| *end <= now)
                        .map(|(number, _)| number)
                        .collect();
                    state.overdue.extend(late);
                    state.end();
                    state
                }
                Some(end) => unpoisoned(self.changed.wait_timeout(state, end - now)).0,
                None => unpoisoned(self.changed.wait(state)),
            };
        }
    }
}

impl State {
    /// Gives the calls that waited for a debugger all their time once more.
    fn restart_watches(&mut self) {
        let now = Instant::now();
        for (end, timeout) in self.watches.values_mut() {
            *end = now + *timeout;
        }
    }

    /// Looks whether the process still runs, and keeps how it ended if not.
    ///
    /// It is looked at nowhere else: between two looks it may end.
    fn runs(&mut self) -> bool {
        let Some(child) = &mut self.child else {
            return false;
        };
        let how = match child.try_wait() {
            Ok(None) => return true,
            Ok(Some(status)) => format!("ended with {status}"),
            Err(error) => format!("ended, nobody knows how ({error})"),
        };
        self.child = None;
        self.endings.insert(self.epoch, how);
        false
    }

    /// Ends the process by force, as a call took too long.
    fn end(&mut self) {
        if self.runs() {
            self.child = None;
            let how = "was ended, as another call took too long".to_owned();
            self.endings.insert(self.epoch, how);
        }
    }
}

impl Keeper for Process {
    /// Starts the process again if it has ended; returns how many there were.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    fn ready(&self) -> Result<u64> {
        let mut state = self.shared.lock();
        if !state.runs() {
            self.launch(&mut state)?;
        }
        Ok(state.epoch)
    }

    /// Watches a call: if there is no reply in time, the process is ended.
    fn watch(&self, timeout: Duration) -> Box<dyn Eye> {
        let mut state = self.shared.lock();
        state.next_watch += 1;
        let number = state.next_watch;
        let timeout = timeout.min(UNLIMITED);
        let end = Instant::now() + timeout;
        state.watches.insert(number, (end, timeout));
        self.shared.changed.notify_all();
        Box::new(Watch {
            shared: Arc::clone(&self.shared),
            number,
            epoch: state.epoch,
            timeout,
        })
    }
}

impl Eye for Watch {
    /// Returns how long a socket may wait: the watch ends the process, and the connection with it.
    fn patience(&self) -> Duration {
        UNLIMITED
    }

    /// Says what a broken connection means.
    fn explain(&self, error: Error, what: &str) -> Error {
        let begun = Instant::now();
        loop {
            let mut state = self.shared.lock();
            if state.overdue.contains(&self.number) {
                return Error::timeout(
                    format!("{what} locally (its Python was ended)"),
                    self.timeout,
                );
            }
            state.runs();
            let how = state.endings.get(&self.epoch).cloned();
            drop(state);
            if let Some(how) = how {
                return Error::connection(format!(
                    "{what} failed: the Python that runs gears locally {how}; the next call starts \
                     it again"
                ))
                .caused_by(error);
            }
            // Its sockets close a moment before it is gone.
            if begun.elapsed() > END_TIMEOUT {
                return error;
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.watches.remove(&self.number);
        state.overdue.remove(&self.number);
    }
}
