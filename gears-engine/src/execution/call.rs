//! The life of a call, from its beginning to the answer: the same for whatever causes it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::State;
use pyo3::prelude::*;

use super::duty::Duty;
use super::run::Run;
use super::waiting::Waiting;
use super::{Execution, executions, list_ended};
use crate::plan::Outcome;
use crate::registration::{Registration, slow};
use crate::session::user::{self, RunsAs, User};
use crate::watchdog::{Slot, Watched};

/// Where an execution that has ended can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Nowhere: who waited for it has seen it.
    Nowhere,
    /// Among the latest of its registration.
    Latest,
    /// Until somebody takes it off the list.
    Kept,
}

/// What an occasion adds to the life of its calls.
pub(crate) trait Occasion: Send + Sized + 'static {
    /// What those are told who wait.
    type Told;

    /// What comes after the call, where it ended.
    type Next;

    /// Says where the execution can be looked up when it has ended.
    fn listing(&self) -> Listing;

    /// Says whether a call goes on whose registration was taken out with what waits.
    fn outlives(&self) -> bool {
        false
    }

    /// Does what is to be done in place of a call that does not go on then.
    fn give_up(self, _: Python<'_>, _: &Arc<Registration>, duty: &Duty, _: &Arc<Slot>) {
        duty.end_unbegun(None);
        duty.unlist();
    }

    /// Returns what the call is about, for the list of slow runs; nothing where the server's own slow
    /// log has the command.
    fn about(&self) -> Option<Vec<&[u8]>> {
        None
    }

    /// Takes note of the end of a call that had to wait.
    fn waited(&self) {}

    /// Makes of the outcome what those are told who wait; the state is `Aborted` when somebody
    /// ended the call.
    fn tells(&self, py: Python<'_>, outcome: &Outcome, state: State) -> Self::Told;

    /// Tells them; brings what comes next.
    fn tell(self, py: Python<'_>, waiting: Waiting, told: Self::Told) -> Self::Next;

    /// Goes on behind a call that had to wait.
    fn go_on(py: Python<'_>, next: Self::Next);
}

/// A call that somebody waits for, or looks up.
pub(crate) struct Call<O> {
    /// Nothing for what a script asked to run once.
    registration: Option<Arc<Registration>>,
    duty: Duty,
    occasion: O,
}

impl<O: Occasion> Call<O> {
    /// Makes a call of a registration.
    pub(crate) fn new(registration: &Arc<Registration>, waiting: Waiting, occasion: O) -> Self {
        Self {
            duty: Duty::new(executions().create(registration, waiting)),
            registration: Some(Arc::clone(registration)),
            occasion,
        }
    }

    /// Makes a call of what a script asked to run once.
    pub(crate) fn once(execution: Arc<Execution>, occasion: O) -> Self {
        Self {
            registration: None,
            duty: Duty::new(execution),
            occasion,
        }
    }

    /// Returns its execution.
    pub(crate) fn execution(&self) -> &Arc<Execution> {
        self.duty.execution()
    }

    /// Returns what caused it.
    pub(crate) fn occasion(&self) -> &O {
        &self.occasion
    }

    /// Runs the function on this thread with the permissions of `user`; `open` prepares the run,
    /// which began at that time. Brings what comes next, if the call has ended here.
    pub(crate) fn run(
        self,
        py: Python<'_>,
        user: User,
        limit: Option<Duration>,
        open: impl FnOnce(&Self, Instant) -> Run,
    ) -> Option<O::Next> {
        // Ends after the watch, at whose end code of scripts may run.
        let _user = user::run_as(user);
        let watched = Watched::begin(py, limit);
        if let Some(registration) = &self.registration
            && registration.is_aborted()
            && !self.occasion.outlives()
        {
            self.occasion
                .give_up(py, registration, &self.duty, watched.slot());
            return None;
        }
        if !self.duty.begin(watched.slot()) {
            // Somebody has ended it, who told those who waited.
            if self.occasion.listing() != Listing::Kept {
                self.duty.unlist();
            }
            return None;
        }
        if let Some(registration) = &self.registration {
            registration.note_triggered();
        }
        let mut run = open(&self, watched.began());
        if run.drive(py) {
            let started = run.started();
            return self.end(py, run.into_outcome(), State::Done, started);
        }
        self.park(py, run, limit);
        None
    }

    fn park(self, py: Python<'_>, run: Run, limit: Option<Duration>) {
        let (execution, started) = (Arc::clone(self.execution()), run.started());
        let then = Box::new(move |py: Python<'_>, outcome, state| {
            self.occasion.waited();
            if let Some(next) = self.end(py, outcome, state, started) {
                O::go_on(py, next);
            }
        });
        run.park(py, execution, limit, then);
    }

    /// Notes what came out and tells those who wait, unless it was ended in the place of its
    /// code, with all that comes behind.
    fn end(
        self,
        py: Python<'_>,
        outcome: Outcome,
        state: State,
        started: Instant,
    ) -> Option<O::Next> {
        let waiting = self.duty.claim()?;
        if let Some(registration) = &self.registration {
            if state == State::Aborted {
                registration.note_aborted();
            } else {
                let took = started.elapsed();
                registration.note_ended(&outcome.end(), took);
                if slow::is_slow(took) {
                    slow::note(registration, took, self.occasion.about());
                }
            }
        }
        let told = self.occasion.tells(py, &outcome, state);
        self.duty.end_as(py, outcome, state);
        match (self.occasion.listing(), &self.registration) {
            // Before the client can look for it.
            (Listing::Nowhere, _) => self.duty.unlist(),
            (Listing::Latest, Some(registration)) => list_ended(registration, &self.duty),
            (Listing::Latest, None) | (Listing::Kept, _) => {}
        }
        Some(self.occasion.tell(py, waiting, told))
    }
}

/// A call on the thread that the server waits for. As long as it does not have to wait there is
/// no execution: nobody could look it up meanwhile.
///
/// Its run stays where it was made, beside this and dropped before it: both are moved for each call
/// otherwise, which is dear beside a small function.
pub(crate) struct Here {
    watched: Watched,
    // Ends after the watch, at whose end code of scripts may run.
    _user: Option<RunsAs>,
}

impl Here {
    /// Begins a call of a function with the permissions of `user`, or of who has them already.
    #[inline]
    pub(crate) fn begin(py: Python<'_>, registration: &Registration, user: Option<User>) -> Self {
        let watched = Watched::begin(py, registration.limit_here());
        registration.note_triggered();
        registration.note_called(watched.began());
        Self {
            watched,
            _user: user.map(user::run_as),
        }
    }

    /// Returns when it began.
    pub(crate) fn began(&self) -> Instant {
        self.watched.began()
    }

    /// Notes the end, and shows the outcome while this is watched still.
    pub(crate) fn end<T>(
        &self,
        registration: &Registration,
        run: &mut Run,
        work: impl FnOnce(&Outcome) -> T,
    ) -> T {
        let took = run.started().elapsed();
        let outcome = run.outcome();
        registration.note_ended(&outcome.end(), took);
        work(outcome)
    }

    /// Has the client wait in the server's place: from here on it is a call as those of workers.
    pub(crate) fn wait<O: Occasion>(
        &self,
        py: Python<'_>,
        run: Run,
        call: Call<O>,
        limit: Option<Duration>,
    ) {
        call.duty.begin(self.watched.slot());
        call.park(py, run, limit);
    }
}
