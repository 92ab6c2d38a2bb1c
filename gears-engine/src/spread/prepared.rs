//! A run that another shard drives, as an execution of this one.

use std::sync::Arc;
use std::time::Instant;

use gears_model::{Id, State};
use pyo3::prelude::*;

use super::leg::Leg;
use super::report;
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::run::Run;
use crate::execution::waiting::{Part, Taker, Waiting};
use crate::execution::{executions, list_ended};
use crate::plan::Outcome;
use crate::session::user::User;
use crate::share::inbox;

/// What begins here when the run does.
pub(super) struct Prepared {
    call: Call<Driven>,
}

impl Prepared {
    /// Lists the run under the id that it has on all shards.
    pub(super) fn new(leg: &Arc<Leg>, cause: Option<Id>, is_kept: bool) -> Self {
        let ended = Arc::clone(leg);
        let waiting = Waiting::Part(Taker::new(move |part| ended.report(part)));
        let function = Arc::clone(&leg.function);
        let execution = executions().create_driven(leg.place.run, function, cause, waiting);
        leg.set_execution(&execution);
        let leg = Arc::clone(leg);
        Self {
            call: Call::once(execution, Driven { leg, is_kept }),
        }
    }

    /// Begins it on this thread; `open` prepares what gathers its results. Its stages have the
    /// limit.
    pub(super) fn run(self, py: Python<'_>, user: User, open: impl FnOnce(Instant) -> Run) {
        self.call.run(py, user, None, |_, began| open(began));
    }

    /// Ends it before it begins.
    pub(super) fn end(self) {
        self.call.execution().end_unbegun(None);
        self.call.execution().unlist();
    }
}

/// A run that another shard drives.
struct Driven {
    leg: Arc<Leg>,
    is_kept: bool,
}

impl Occasion for Driven {
    type Told = Part;
    type Next = ();

    fn listing(&self) -> Listing {
        if self.is_kept {
            Listing::Kept
        } else {
            Listing::Nowhere
        }
    }

    fn tells(&self, _: Python<'_>, _: &Outcome, _: State) -> Part {
        self.leg.take_errors()
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, part: Part) {
        let execution = self.leg.execution();
        let registration = execution
            .as_ref()
            .and_then(|execution| execution.registration());
        if self.is_kept
            && let (Some(registration), Some(execution)) = (registration, execution)
        {
            list_ended(&registration, &execution);
        }
        if let Waiting::Part(taker) = waiting {
            taker.take(part);
        }
    }

    fn go_on(_: Python<'_>, (): ()) {}
}

impl Leg {
    /// Answers the shard that drives the run, if it waits for that.
    fn report(&self, part: Part) {
        if let Some((peer, number)) = self.take_question() {
            inbox::answer(peer, number, Ok(report::encode(&part)));
        }
    }
}
