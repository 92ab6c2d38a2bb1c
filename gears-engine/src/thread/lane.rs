//! Work that is done one piece after another, on whatever worker is free.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::Queue;
use gears_server::{LogLevel, boundary, log};
use pyo3::prelude::*;

use super::worker::{self, Job, Pool, longest_queue};
use crate::ground::poison::unpoisoned;

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

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Piece> Lane<T> {
    /// Queues a piece behind those of the same lane; gives it back when too
    /// many wait.
    pub(crate) fn submit(self: &Arc<Self>, pool: &'static Pool, piece: T) -> Result<(), T> {
        let mut queue = self.queue();
        if queue.len() >= longest_queue() {
            return Err(piece);
        }
        // The pool is asked before anybody can rely on who it would have found.
        if queue.add(piece)
            && pool.submit(self.turn(pool)).is_err()
            && let Some(piece) = queue.give_back()
        {
            return Err(piece);
        }
        Ok(())
    }

    /// As [`Self::submit`], for what is let in however many wait.
    pub(crate) fn submit_always(self: &Arc<Self>, pool: &'static Pool, piece: T) {
        let mut queue = self.queue();
        if queue.add(piece) {
            pool.submit_always(self.turn(pool));
        }
    }

    /// Looks at those that are next, `most` at most.
    pub(crate) fn look_ahead(&self, most: usize, look: impl FnMut(&T)) {
        self.queue().iter().take(most).for_each(look);
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
            let mut next = lane.queue().take_next();
            while let Some(piece) = next {
                if let Err(panic) = boundary::shield(|| piece.run(py)) {
                    log(LogLevel::Warning, &panic);
                }
                if worker::is_lost() {
                    return;
                }
                if began.elapsed() > SLICE && !lane.queue().is_empty() {
                    // Back to the end of the pool's queue, so that a busy lane
                    // does not keep a worker; when that queue is full, go on here.
                    if pool.submit(lane.turn(pool)).is_ok() {
                        return;
                    }
                    began = Instant::now();
                }
                next = lane.queue().take_next();
            }
        })
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        unpoisoned(self.0.lock())
    }
}
