//! The threads that run asynchronous functions.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use pyo3::prelude::*;

use crate::api::{LogLevel, log};
use crate::python::stack::STACK;
use crate::{boundary, engine};

/// Work for a worker, which is attached to Python while it does it.
pub(crate) type Job = Box<dyn FnOnce(Python<'_>) + Send>;

/// Named threads over one bounded queue.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<VecDeque<Job>>,
    filled: Condvar,
    /// How many workers have something to do.
    busy: AtomicUsize,
}

impl Pool {
    /// Starts `workers` threads; Python runs already.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(crate) fn start(workers: usize) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        for number in 1..=workers {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("gears-worker-{number}"))
                .stack_size(STACK)
                .spawn(move || shared.work())?;
        }
        Ok(Self { shared })
    }

    /// Queues a job; gives it back when the queue is full.
    pub(crate) fn submit(&self, job: Job) -> Result<(), Job> {
        let mut queue = self.shared.queue();
        if queue.len() >= longest_queue() {
            return Err(job);
        }
        queue.push_back(job);
        drop(queue);
        self.shared.filled.notify_one();
        Ok(())
    }

    /// Queues a job before all others, also when the queue is full: it belongs
    /// to an execution that was let in before.
    pub(crate) fn submit_first(&self, job: Job) {
        self.shared.queue().push_front(job);
        self.shared.filled.notify_one();
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
        self.shared.queue().len()
    }
}

/// How many jobs may wait (`ExecutionQueue`).
fn longest_queue() -> usize {
    engine::get().config.execution_queue()
}

impl Shared {
    /// Serves until the process ends: the server never unloads the module.
    ///
    /// The thread stays known to Python and gives the GIL back only when there
    /// is nothing to do, so a full queue is drained under one attach.
    fn work(&self) {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Python::attach(|py| {
            loop {
                let ready = self.queue().pop_front();
                let job = match ready {
                    Some(job) => job,
                    None => {
                        self.busy.fetch_sub(1, Ordering::Relaxed);
                        let job = py.detach(|| self.next());
                        self.busy.fetch_add(1, Ordering::Relaxed);
                        job
                    }
                };
                if let Err(panic) = boundary::shield(|| job(py)) {
                    log(LogLevel::Warning, &panic);
                }
            }
        });
    }

    fn next(&self) -> Job {
        let mut queue = self.queue();
        loop {
            match queue.pop_front() {
                Some(job) => return job,
                None => {
                    queue = self
                        .filled
                        .wait(queue)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
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
        if queue.jobs.len() >= longest_queue() {
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
