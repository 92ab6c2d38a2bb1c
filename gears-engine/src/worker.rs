//! The threads that run asynchronous functions.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use pyo3::prelude::*;

use crate::api::{LogLevel, log};
use crate::boundary;

/// Work for a worker, which is attached to Python while it does it.
pub(crate) type Job = Box<dyn FnOnce(Python<'_>) + Send>;

/// How many jobs may wait. More than clients can be blocked at once on a
/// server with the default limit of 10,000 connections, so only events pile up.
const LONGEST_QUEUE: usize = 65_536;

/// C stack of a worker: deep recursion through C code needs what a main
/// thread has; pages that are not touched cost nothing.
const STACK: usize = 16 << 20;

/// How many threads there may be at the most, those that wait included.
const MOST_THREADS: usize = 1_024;

/// Named threads over one bounded queue.
///
/// A worker that has to wait for a coroutine says so with [`Pool::waiting_for`],
/// and another thread takes its place until it goes on: coroutines that wait
/// keep no one from running.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    /// How many workers run at the same time.
    workers: usize,
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    waiting: usize,
}

impl Pool {
    /// Starts `workers` threads; Python runs already.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(crate) fn start(workers: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            workers,
            state: Mutex::default(),
            filled: Condvar::new(),
        });
        for _ in 0..workers {
            shared.add_thread()?;
        }
        Ok(Self { shared })
    }

    /// Waits for something on a worker's thread, while another thread works.
    pub(crate) fn waiting_for<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.shared.begin_waiting();
        let _waiting = Waiting(&self.shared);
        wait()
    }

    /// Queues a job; gives it back when the queue is full.
    pub(crate) fn submit(&self, job: Job) -> Result<(), Job> {
        let mut state = self.shared.state();
        if state.queue.len() >= LONGEST_QUEUE {
            return Err(job);
        }
        state.queue.push_back(job);
        drop(state);
        self.shared.filled.notify_one();
        Ok(())
    }

    /// Says whether no more jobs can wait.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting() >= LONGEST_QUEUE
    }

    /// Counts the jobs that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.state().queue.len()
    }
}

impl Shared {
    fn add_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let mut state = self.state();
        state.threads += 1;
        let name = format!("gears-worker-{}", state.threads);
        drop(state);
        let shared = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name(name)
            .stack_size(STACK)
            .spawn(move || shared.work());
        if spawned.is_err() {
            self.state().threads -= 1;
        }
        spawned.map(|_| ())
    }

    /// Has another thread take the place of one that waits. When there is none
    /// to be had, the others go on with one less.
    fn begin_waiting(self: &Arc<Self>) {
        let mut state = self.state();
        state.waiting += 1;
        let running = state.threads - state.waiting.min(state.threads);
        let needed = running < self.workers && state.threads < MOST_THREADS;
        drop(state);
        if needed && let Err(error) = self.add_thread() {
            log(
                LogLevel::Warning,
                &format!("no thread for a worker that waits: {error}"),
            );
        }
    }

    /// Serves until the process ends, as the server never unloads the module,
    /// or until there are more workers than there should be.
    ///
    /// The thread stays known to Python and gives the GIL back only when there
    /// is nothing to do, so a full queue is drained under one attach.
    fn work(&self) {
        Python::attach(|py| {
            loop {
                if self.retires() {
                    return;
                }
                let ready = self.state().queue.pop_front();
                let job = match ready {
                    Some(job) => job,
                    None => py.detach(|| self.next()),
                };
                if let Err(panic) = boundary::shield(|| job(py)) {
                    log(LogLevel::Warning, &panic);
                }
            }
        });
    }

    /// Ends a thread that took the place of one that goes on now.
    fn retires(&self) -> bool {
        let mut state = self.state();
        let retires = state.threads - state.waiting.min(state.threads) > self.workers;
        if retires {
            state.threads -= 1;
        }
        retires
    }

    fn next(&self) -> Job {
        let mut state = self.state();
        loop {
            match state.queue.pop_front() {
                Some(job) => return job,
                None => {
                    state = self
                        .filled
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the waiting of a worker, also when what it waited for panicked.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// A queue whose jobs run one after another, on whatever worker is free.
#[derive(Default)]
pub(crate) struct Lane(Mutex<LaneQueue>);

#[derive(Default)]
struct LaneQueue {
    jobs: VecDeque<Job>,
    busy: bool,
}

impl Lane {
    /// Queues a job behind those of the same lane.
    pub(crate) fn submit(self: &Arc<Self>, pool: &'static Pool, job: Job) -> Result<(), Job> {
        let mut queue = self.queue();
        if queue.jobs.len() >= LONGEST_QUEUE {
            return Err(job);
        }
        queue.jobs.push_back(job);
        if queue.busy {
            return Ok(());
        }
        queue.busy = true;
        drop(queue);
        let submitted = pool.submit(self.turn(pool));
        if submitted.is_err() {
            let mut queue = self.queue();
            queue.busy = false;
            return match queue.jobs.pop_back() {
                Some(job) => Err(job),
                None => Ok(()),
            };
        }
        Ok(())
    }

    /// Makes the job that runs this lane's next one.
    fn turn(self: &Arc<Self>, pool: &'static Pool) -> Job {
        let lane = Arc::clone(self);
        Box::new(move |py| {
            loop {
                let job = lane.queue().jobs.pop_front();
                if let Some(job) = job
                    && let Err(panic) = boundary::shield(|| job(py))
                {
                    log(LogLevel::Warning, &panic);
                }
                let mut queue = lane.queue();
                if queue.jobs.is_empty() {
                    queue.busy = false;
                    return;
                }
                drop(queue);
                // Back to the end of the pool's queue, so that a busy lane does
                // not keep a worker; when that queue is full, go on here.
                if pool.submit(lane.turn(pool)).is_ok() {
                    return;
                }
            }
        })
    }

    fn queue(&self) -> MutexGuard<'_, LaneQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
