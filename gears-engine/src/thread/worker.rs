//! The threads that run asynchronous functions.
//!
//! A worker whose function does not come back, asleep in C code as a rule, is
//! lost: another one takes its place, up to [`MOST_LOST`] of them. When the
//! function comes back after all, its worker ends.

pub(crate) mod lost;
pub(crate) mod post;
mod queue;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::Instant;

use gears_server::{LogLevel, boundary, log};
use pyo3::prelude::*;

use super::{block, turn};
use crate::config::config;
use crate::cpython::stack::STACK;
use crate::ground::poison::unpoisoned;
use lost::LostWorkers;
use queue::{LOOK, Next, Queue};

pub(crate) use lost::Lost;
pub(crate) use post::{Post, is_lost, mine, on_loss};

/// How many workers may be lost at a time and have others in their places.
pub(crate) const MOST_LOST: usize = 128;

/// Work for a worker, which is attached to Python while it does it.
pub(crate) type Job = Box<dyn FnOnce(Python<'_>) + Send>;

/// Named threads over one bounded queue.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue<Job>>,
    woken: Condvar,
    /// How many workers have something to do, but for the lost.
    busy: AtomicUsize,
    /// Whether anything waits in the queue, for those who only want to know that.
    waits: AtomicBool,
    /// How many workers were started.
    started: AtomicUsize,
    /// How many workers are there, but for the lost.
    present: AtomicUsize,
    lost: LostWorkers,
}

static WORKERS: OnceLock<Pool> = OnceLock::new();

/// Starts `count` workers, once; Python runs already.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start(count: usize) -> std::io::Result<()> {
    let pool = Pool::start(count)?;
    let _ = WORKERS.set(pool);
    Ok(())
}

/// Returns the workers of this server.
///
/// # Panics
///
/// Before the module is loaded, when nobody can call.
#[expect(
    clippy::expect_used,
    reason = "nobody can call before the module is loaded"
)]
pub(crate) fn workers() -> &'static Pool {
    WORKERS
        .get()
        .expect("the workers start while the module loads")
}

/// Says whether workers have anything to do, or to begin with.
pub(crate) fn are_wanted() -> bool {
    WORKERS.get().is_some_and(|pool| {
        let shared = &pool.shared;
        shared.waits.load(Ordering::Relaxed) || shared.busy.load(Ordering::Relaxed) > 0
    })
}

impl Pool {
    /// Starts so many threads.
    fn start(count: usize) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        for _ in 0..count {
            shared.start_one()?;
        }
        Ok(Self { shared })
    }

    /// Starts a worker in place of one that is lost; says whether there is one.
    pub(crate) fn replace(&self, post: &Post, lost: Lost) -> bool {
        let shared = &self.shared;
        post.settle(|| {
            shared.busy.fetch_sub(1, Ordering::Relaxed);
            shared.present.fetch_sub(1, Ordering::Relaxed);
            if shared.lost.note(post.number, lost) > MOST_LOST {
                return false;
            }
            match shared.start_one() {
                Ok(()) => true,
                Err(error) => {
                    let what = format!("no thread for another worker: {error}");
                    log(LogLevel::Warning, &what);
                    false
                }
            }
        })
    }

    /// Returns the workers that are lost, with their numbers.
    pub(crate) fn lost(&self) -> Vec<(usize, Lost)> {
        self.shared.lost.now()
    }

    /// Counts the workers that were ever lost.
    pub(crate) fn ever_lost(&self) -> usize {
        self.shared.lost.ever()
    }

    /// Says whether all workers are lost, and none came in their places.
    pub(crate) fn is_deserted(&self) -> bool {
        self.shared.present.load(Ordering::Relaxed) == 0
    }

    /// Queues a job; gives it back when the queue is full.
    pub(crate) fn submit(&self, job: Job) -> Result<(), Job> {
        let mut queue = self.shared.queue();
        if queue.jobs.len() >= longest_queue() {
            return Err(job);
        }
        queue.jobs.push_back(job);
        self.shared.wake(queue);
        Ok(())
    }

    /// Queues a job also when the queue is full: there are few of its kind, and
    /// nobody would look again if it were given back.
    pub(crate) fn submit_always(&self, job: Job) {
        let mut queue = self.shared.queue();
        queue.jobs.push_back(job);
        self.shared.wake(queue);
    }

    /// Queues a job before all others, also when the queue is full: it belongs
    /// to an execution that was let in before.
    pub(crate) fn submit_first(&self, job: Job) {
        let mut queue = self.shared.queue();
        queue.jobs.push_front(job);
        self.shared.wake(queue);
    }

    /// Says whether no more jobs can wait.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting() >= longest_queue()
    }

    /// Counts the workers that have something to do.
    pub(crate) fn busy(&self) -> usize {
        self.shared.busy.load(Ordering::Relaxed)
    }

    /// Counts the jobs that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.queue().jobs.len()
    }
}

/// How many jobs may wait (`ExecutionQueue`).
pub(crate) fn longest_queue() -> usize {
    config().execution_queue()
}

impl Shared {
    fn start_one(self: &Arc<Self>) -> std::io::Result<()> {
        let shared = Arc::clone(self);
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        thread::Builder::new()
            .name(format!("gears-worker-{number}"))
            .stack_size(STACK)
            .spawn(move || shared.work(&post::take(number)))?;
        self.present.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Serves until the process ends, as the server never unloads the module, or
    /// until another worker is in this one's place.
    ///
    /// The thread stays known to Python and gives the GIL back only when there
    /// is nothing to do, so a full queue is drained under one attach.
    fn work(&self, post: &Post) {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Python::attach(|py| {
            let mut began = None;
            loop {
                let (job, taken) = match self.next(began.take()) {
                    Some(ready) => ready,
                    None => match self.sleep(py) {
                        Some(left) => left,
                        None => continue,
                    },
                };
                began = Some(taken);
                if let Err(panic) = boundary::shield(|| job(py)) {
                    log(LogLevel::Warning, &panic);
                }
                block::end_outside_scopes();
                if self.is_replaced(post) {
                    return;
                }
            }
        });
    }

    /// Takes what is next, behind a job that began at that time; says when.
    fn next(&self, began: Option<Instant>) -> Option<(Job, Instant)> {
        let now = Instant::now();
        let mut queue = self.queue();
        if let Some(began) = began {
            queue.note(now.saturating_duration_since(began));
        }
        let job = queue.take(now);
        self.note_waiting(&queue);
        Some((job?, now))
    }

    /// Notes that a worker has come back if it was lost; says whether another one
    /// is in its place.
    fn is_replaced(&self, post: &Post) -> bool {
        let Some(replaced) = post.come_back() else {
            return false;
        };
        self.lost.forget(post.number);
        if !replaced {
            self.busy.fetch_add(1, Ordering::Relaxed);
            self.present.fetch_add(1, Ordering::Relaxed);
        }
        replaced
    }

    /// Waits until it is called, and takes a job if one is left by then.
    fn sleep(&self, py: Python<'_>) -> Option<(Job, Instant)> {
        self.busy.fetch_sub(1, Ordering::Relaxed);
        py.detach(|| self.wait());
        self.busy.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        let mut queue = self.queue();
        queue.arrive();
        let job = queue.take(now);
        self.wake(queue);
        Some((job?, now))
    }

    /// Waits until it is called, as the lookout if there is to be one.
    fn wait(&self) {
        let mut queue = self.queue();
        queue.idle += 1;
        // Jobs that came since the last look had nobody to call.
        queue.call_oneself();
        let mut seen = None;
        while !queue.is_called() {
            seen = seen.or_else(|| queue.is_lookout());
            let Some(before) = seen else {
                queue = unpoisoned(self.woken.wait(queue));
                continue;
            };
            let (after, waited) = unpoisoned(self.woken.wait_timeout(queue, LOOK));
            queue = after;
            if waited.timed_out() {
                seen = match queue.look(before) {
                    Next::Look(now) => Some(now),
                    Next::Rise => continue,
                    Next::Sleep => None,
                };
                if seen.is_none() {
                    queue.leave_lookout();
                }
            }
        }
        if seen.is_some() {
            queue.leave_lookout();
        }
        queue.idle -= 1;
    }

    /// Lets go of the queue and wakes a worker for what waits there.
    fn wake(&self, mut queue: MutexGuard<'_, Queue<Job>>) {
        self.note_waiting(&queue);
        let others = self.busy.load(Ordering::Relaxed) > 0;
        let called = queue.call(others, Instant::now);
        drop(queue);
        if called {
            self.woken.notify_one();
        }
        // Those who called it from the main thread between two functions.
        turn::give_up();
    }

    fn note_waiting(&self, queue: &Queue<Job>) {
        self.waits.store(!queue.jobs.is_empty(), Ordering::Relaxed);
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Job>> {
        unpoisoned(self.queue.lock())
    }
}
