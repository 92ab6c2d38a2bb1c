//! What waits for workers, and when one of them is woken for it.
//!
//! Only one worker at a time can run Python. While functions end soon, another one that is woken beside
//! the one that works finds nothing left to do when it can run at last, and the wake-up was in vain. So
//! one worker does them all, and an idle one is its *lookout*: it looks every now and then whether what
//! waits comes to its turn, and works too where it does not. As soon as functions take longer, which as a
//! rule means that they wait for something and let others run, each of them wakes a worker.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Jobs that end in less, on the average of the last ones, are done by one worker.
const SOON: Duration = Duration::from_micros(50);

/// What one job counts for at most: the system may have kept a small one from running.
const MOST: Duration = Duration::from_micros(200);

/// How many of the last jobs the average is about.
const LAST: u32 = 8;

/// How often the lookout looks.
pub(super) const LOOK: Duration = Duration::from_micros(500);

/// The jobs, and the workers that have none.
pub(super) struct Queue<T> {
    pub(super) jobs: VecDeque<T>,
    /// How many workers wait to be woken.
    pub(super) idle: usize,
    /// Whether a worker is on its way from its sleep to Python.
    ///
    /// One at a time: only one can be attached, so that others woken meanwhile
    /// would wait for that and, as a rule, find the queue empty. The one on its
    /// way wakes the next when it has taken a job and more of them wait, if
    /// there is use for it.
    rising: bool,
    /// Whether one of the idle workers is to rise; told from a wake-up without reason.
    called: bool,
    /// Whether one of the idle workers is to be the lookout.
    wanted: bool,
    /// Whether there is a lookout, or there is to be one.
    has_lookout: bool,
    /// How many jobs were taken so far, and when the last one was.
    taken: u64,
    taken_at: Option<Instant>,
    /// How long the last jobs took, on the average.
    pace: Duration,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            jobs: VecDeque::new(),
            idle: 0,
            rising: false,
            called: false,
            wanted: false,
            has_lookout: false,
            taken: 0,
            taken_at: None,
            // Until it is known, as if they took long.
            pace: MOST,
        }
    }
}

/// What a lookout has seen.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    taken: u64,
    waiting: usize,
}

/// What a lookout does next.
pub(super) enum Next {
    Look(Seen),
    Rise,
    /// Nothing happens any more.
    Sleep,
}

impl<T> Queue<T> {
    /// Calls an idle worker if there is use for one; the caller wakes it then. `busy` says whether
    /// another one works, and `now` what time it is.
    pub(super) fn call(&mut self, busy: bool, now: impl FnOnce() -> Instant) -> bool {
        if self.rising || self.idle == 0 || self.jobs.is_empty() {
            return false;
        }
        if busy && self.comes_soon(now) {
            let wanted = !self.has_lookout;
            self.has_lookout = true;
            self.wanted |= wanted;
            return wanted;
        }
        self.rise();
        true
    }

    /// Says whether what waits is sure to be taken soon by those who work.
    fn comes_soon(&self, now: impl FnOnce() -> Instant) -> bool {
        self.pace < SOON
            && self
                .taken_at
                .is_some_and(|at| now().saturating_duration_since(at) < SOON)
    }

    fn rise(&mut self) {
        self.rising = true;
        self.called = true;
    }

    /// Has an idle worker go on itself if anything waits.
    pub(super) fn call_oneself(&mut self) {
        if !self.rising && !self.jobs.is_empty() {
            self.rise();
        }
    }

    /// Says whether a worker that was woken is the one that was called.
    pub(super) fn is_called(&mut self) -> bool {
        std::mem::take(&mut self.called)
    }

    /// Says whether a worker that was woken is to be the lookout, which begins now.
    pub(super) fn is_lookout(&mut self) -> Option<Seen> {
        std::mem::take(&mut self.wanted).then(|| self.see())
    }

    fn see(&self) -> Seen {
        Seen {
            taken: self.taken,
            waiting: self.jobs.len(),
        }
    }

    /// Says what the lookout does next, some time after it has `seen` that.
    pub(super) fn look(&mut self, seen: Seen) -> Next {
        let taken = self.taken - seen.taken;
        if self.jobs.is_empty() && taken == 0 {
            return Next::Sleep;
        }
        // Some that waited then wait still.
        if taken < seen.waiting as u64 && !self.rising {
            self.rise();
            return Next::Rise;
        }
        Next::Look(self.see())
    }

    /// Notes that there is no lookout any more.
    pub(super) fn leave_lookout(&mut self) {
        self.has_lookout = false;
    }

    /// Notes that the worker that was called has arrived.
    pub(super) fn arrive(&mut self) {
        self.rising = false;
    }

    /// Takes what is next, at that time.
    pub(super) fn take(&mut self, now: Instant) -> Option<T> {
        let job = self.jobs.pop_front()?;
        self.taken += 1;
        self.taken_at = Some(now);
        Some(job)
    }

    /// Notes how long a job took.
    pub(super) fn note(&mut self, took: Duration) {
        self.pace = (self.pace * (LAST - 1) + took.min(MOST)) / LAST;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// A time, and when the last job was taken.
    fn now() -> Instant {
        static NOW: LazyLock<Instant> = LazyLock::new(Instant::now);
        *NOW
    }

    /// A queue with two idle workers beside one that has just taken a job, and one more job.
    fn beside_one(took: Duration) -> Queue<&'static str> {
        let mut queue = Queue {
            idle: 2,
            ..Queue::default()
        };
        for _ in 0..100 {
            queue.note(took);
        }
        queue.jobs.extend(["first", "second"]);
        assert_eq!(queue.take(now()), Some("first"));
        queue
    }

    #[test]
    fn what_waits_while_nobody_works_wakes_a_worker_once() {
        let mut queue = beside_one(Duration::ZERO);
        assert!(queue.call(false, now) && queue.is_called() && !queue.is_called());
        assert!(!queue.call(false, now));
        queue.arrive();
        assert!(queue.call(false, now));
    }

    #[test]
    fn nobody_is_woken_for_nothing() {
        let mut queue = beside_one(MOST);
        queue.jobs.clear();
        assert!(!queue.call(false, now));
        queue.call_oneself();
        assert!(!queue.is_called());
    }

    #[test]
    fn long_jobs_wake_another_worker_for_what_waits() {
        let mut queue = beside_one(SOON * 2);
        assert!(queue.call(true, now) && queue.is_called());
    }

    #[test]
    fn jobs_wake_another_worker_until_it_is_known_how_long_they_take() {
        let mut queue = Queue {
            idle: 1,
            ..Queue::default()
        };
        queue.jobs.push_back(());
        assert!(queue.call(true, now));
    }

    #[test]
    fn a_job_that_does_not_end_soon_wakes_another_worker() {
        let mut queue = beside_one(Duration::ZERO);
        assert!(queue.call(true, || now() + SOON) && queue.is_called());
    }

    #[test]
    fn one_long_job_among_short_ones_changes_nothing() {
        let mut queue = beside_one(Duration::ZERO);
        queue.note(Duration::from_secs(1));
        assert!(queue.comes_soon(now));
        queue.note(Duration::from_secs(1));
        queue.note(Duration::from_secs(1));
        assert!(!queue.comes_soon(now));
    }

    #[test]
    fn short_jobs_wake_one_lookout() {
        let mut queue = beside_one(Duration::ZERO);
        assert!(queue.call(true, now));
        assert!(!queue.is_called() && queue.is_lookout().is_some());
        assert!(!queue.call(true, now));
    }

    #[test]
    fn the_lookout_rises_for_what_still_waits() {
        let mut queue = beside_one(Duration::ZERO);
        queue.call(true, now);
        let seen = queue.is_lookout().unwrap();
        assert!(matches!(queue.look(seen), Next::Rise));
        assert!(queue.is_called());
    }

    #[test]
    fn the_lookout_leaves_to_others_what_is_done_in_turn() {
        let mut queue = beside_one(Duration::ZERO);
        queue.call(true, now);
        let seen = queue.is_lookout().unwrap();
        queue.jobs.push_back("third");
        assert_eq!(queue.take(now()), Some("second"));
        let Next::Look(seen) = queue.look(seen) else {
            panic!("it looks again");
        };
        assert_eq!(queue.take(now()), Some("third"));
        let Next::Look(seen) = queue.look(seen) else {
            panic!("it looks again");
        };
        assert!(matches!(queue.look(seen), Next::Sleep));
        queue.leave_lookout();
        queue.jobs.push_back("fourth");
        assert!(queue.call(true, now) && queue.is_lookout().is_some());
    }
}
