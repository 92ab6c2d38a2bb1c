//! The thread that asks the server, so that keys are heard while it does not answer.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gears_runtime::Gears;

use super::sample::{Run, Sample, Sampler, abort};
use crate::identity::short;

/// How soon a server that was lost is looked for again, at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the thread tells.
#[derive(Debug)]
pub(super) enum Report {
    Sample(Sample),
    /// The server does not answer; it goes on asking.
    Lost(String),
    Aborted(String),
    NotAborted(String, String),
}

/// What the thread is told.
enum Request {
    Interval(Duration),
    Pause(bool),
    Now,
}

/// Asks the server again and again, until it is dropped.
pub(super) struct Watcher {
    requests: Sender<Request>,
    reports: Receiver<Report>,
    reporter: Sender<Report>,
    gears: Arc<Gears>,
    thread: JoinHandle<()>,
    /// Since when it waits for an answer.
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Watcher {
    /// Begins to ask.
    pub(super) fn begin(gears: &Gears, sampler: Sampler, interval: Duration) -> Self {
        let (requests, asked) = mpsc::channel();
        let (reporter, reports) = mpsc::channel();
        let teller = reporter.clone();
        let since = Arc::<Mutex<Option<Instant>>>::default();
        let waits = Arc::clone(&since);
        let thread = thread::spawn(move || ask(sampler, interval, &asked, &teller, &waits));
        Self {
            requests,
            reports,
            reporter,
            gears: Arc::new(gears.clone()),
            thread,
            asked: since,
        }
    }

    /// Tells whether it asks no more, which only a panic can bring about.
    pub(super) fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Returns for how long the server has not answered.
    pub(super) fn silence(&self) -> Duration {
        let asked = *lock(&self.asked);
        asked.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Returns what it told meanwhile.
    pub(super) fn reports(&self) -> impl Iterator<Item = Report> + '_ {
        self.reports.try_iter()
    }

    /// Asks this often from now on.
    pub(super) fn set_interval(&self, interval: Duration) {
        self.tell(Request::Interval(interval));
    }

    /// Asks no more, or again.
    pub(super) fn pause(&self, pause: bool) {
        self.tell(Request::Pause(pause));
    }

    /// Aborts an execution; a report says what came of it.
    ///
    /// It has a thread of its own: a server answers when the execution has ended.
    pub(super) fn abort(&self, run: Run) {
        let (gears, reporter) = (Arc::clone(&self.gears), self.reporter.clone());
        let requests = self.requests.clone();
        thread::spawn(move || {
            let id = short(&run.id).to_owned();
            // Nobody reads it when the program has ended.
            let _ = reporter.send(match abort(&gears, &run) {
                Ok(()) => Report::Aborted(id),
                Err(failure) => Report::NotAborted(id, failure.to_string()),
            });
            let _ = requests.send(Request::Now);
        });
    }

    fn tell(&self, request: Request) {
        // The thread ends with its channel alone.
        let _ = self.requests.send(request);
    }
}

fn lock(asked: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ask(
    mut sampler: Sampler,
    mut interval: Duration,
    requests: &Receiver<Request>,
    reports: &Sender<Report>,
    asked: &Mutex<Option<Instant>>,
) {
    let mut paused = false;
    let mut next = Instant::now() + interval;
    let mut lost = false;
    loop {
        let wait = next.saturating_duration_since(Instant::now());
        let request = if paused && !lost {
            requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            requests.recv_timeout(wait)
        };
        match request {
            Ok(Request::Interval(new)) => {
                interval = new;
                next = next.min(Instant::now() + interval);
                continue;
            }
            Ok(Request::Pause(now)) => {
                paused = now;
                next = Instant::now();
                continue;
            }
            Ok(Request::Now) if paused => continue,
            Ok(Request::Now) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        *lock(asked) = Some(Instant::now());
        let report = match sampler.take() {
            Ok(sample) => Report::Sample(sample),
            Err(failure) => Report::Lost(failure.to_string()),
        };
        *lock(asked) = None;
        lost = matches!(report, Report::Lost(_));
        if reports.send(report).is_err() {
            return;
        }
        let pause = if lost { interval.min(LOOK_AGAIN) } else { interval };
        next = Instant::now() + pause;
    }
}
