//! Work that is done one piece after another, on whatever worker is free.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gears_server::{LogLevel, boundary, log};
use pyo3::prelude::*;

use super::worker::{self, Job, Pool, longest_queue};

/// For how long a lane keeps a worker while others may wait for one. To queue
/// anew costs as much as a small function runs, so small ones run several at a time.
const SLICE: Duration = Duration::from_micros(250);

/// What a lane does, piece by piece.
pub(crate) trait Piece: Send + 'static {
    /// Does it, on a worker.
    fn run(self, py: Python<'_>);
}

impl Piece for Job {
    fn run(self, py: Python<'_>) {
        self(py);
    }
}

/// A queue whose pieces are done one after another, on whatever worker is free.
pub(crate) struct Lane<T = Job>(Mutex<Queue<T>>);

struct Queue<T> {
    waiting: VecDeque<T>,
    /// Whether a worker has the lane, or will.
    busy: bool,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self(Mutex::new(Queue {
            waiting: VecDeque::new(),
            busy: false,
        }))
    }
}

impl<T: Piece> Lane<T> {
    /// Queues a piece behind those of the same lane; gives it back when too
    /// many wait.
    pub(crate) fn submit(self: &Arc<Self>, pool: &'static Pool, piece: T) -> Result<(), T> {
        let mut queue = self.queue();
        if queue.waiting.len() >= longest_queue() {
            return Err(piece);
        }
        queue.waiting.push_back(piece);
        if queue.busy {
            return Ok(());
        }
        queue.busy = true;
        drop(queue);
        let submitted = pool.submit(self.turn(pool));
        if submitted.is_err() {
            let mut queue = self.queue();
            queue.busy = false;
            return match queue.waiting.pop_back() {
                Some(piece) => Err(piece),
                None => Ok(()),
            };
        }
        Ok(())
    }

    /// As [`Self::submit`], for what is let in however many wait.
    pub(crate) fn submit_always(self: &Arc<Self>, pool: &'static Pool, piece: T) {
        let mut queue = self.queue();
        queue.waiting.push_back(piece);
        let was_busy = std::mem::replace(&mut queue.busy, true);
        drop(queue);
        if !was_busy {
            pool.submit_always(self.turn(pool));
        }
    }

    /// Looks at those that are next, `most` at most.
    pub(crate) fn look_ahead(&self, most: usize, look: impl FnMut(&T)) {
        self.queue().waiting.iter().take(most).for_each(look);
    }

    /// Makes the job that does what is next in this lane.
    ///
    /// When its worker is lost in a piece, the next one is done by another: those
    /// that wait go on in their order, beside the piece that has not ended.
    fn turn(self: &Arc<Self>, pool: &'static Pool) -> Job {
        let lane = Arc::clone(self);
        Box::new(move |py| {
            let left = Arc::clone(&lane);
            let _legacy = worker::on_loss(move || pool.submit_first(left.turn(pool)));
            let mut began = Instant::now();
            let mut next = lane.next();
            while let Some(piece) = next {
                if let Err(panic) = boundary::shield(|| piece.run(py)) {
                    log(LogLevel::Warning, &panic);
                }
                if worker::is_lost() {
                    return;
                }
                if began.elapsed() > SLICE && lane.has_more() {
                    // Back to the end of the pool's queue, so that a busy lane
                    // does not keep a worker; when that queue is full, go on here.
                    if pool.submit(lane.turn(pool)).is_ok() {
                        return;
                    }
                    began = Instant::now();
                }
                next = lane.next();
            }
        })
    }

    /// Takes what is next; without, nobody has the lane any more.
    fn next(&self) -> Option<T> {
        let mut queue = self.queue();
        let next = queue.waiting.pop_front();
        queue.busy = next.is_some();
        next
    }

    fn has_more(&self) -> bool {
        !self.queue().waiting.is_empty()
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
