//! A stage of a run on this shard, as a call.

use std::sync::{Arc, Weak};
use std::time::Instant;

use gears_model::State;
use pyo3::prelude::*;

use super::arrivals::Arrivals;
use super::leg::Leg;
use crate::execution::call::{Call, Listing, Occasion};
use crate::execution::executions;
use crate::execution::run::Run;
use crate::execution::waiting::{Part, Taker, Waiting};
use crate::plan::{Function, Outcome, Pipeline};
use crate::session::Session;

/// A stage on this shard.
pub(super) struct OfRun;

/// Makes the call of a stage.
pub(super) fn call(leg: &Arc<Leg>, at: usize) -> Call<OfRun> {
    let function = Arc::clone(&leg.function.stages()[at].function);
    let ends: Weak<Leg> = Arc::downgrade(leg);
    let taker = Taker::new(move |part| {
        if let Some(leg) = ends.upgrade() {
            leg.end_stage(at, part);
        }
    });
    let part = executions().create_part(leg.place.run, function, Waiting::Part(taker));
    Call::once(part, OfRun)
}

/// Prepares a stage that takes what other stages bring.
pub(super) fn fed(
    function: &Arc<Function>,
    session: &Arc<Session>,
    arrivals: &Arc<Arrivals>,
    began: Instant,
) -> Run {
    let pipeline = Pipeline::new(function, session, true);
    Run::fed(pipeline, |flow| Box::new(arrivals.feed(flow)), began)
}

impl Occasion for OfRun {
    type Told = Part;
    type Next = ();

    fn listing(&self) -> Listing {
        Listing::Nowhere
    }

    fn tells(&self, _: Python<'_>, outcome: &Outcome, _: State) -> Part {
        let (errors, left_out) = outcome.kept_and_left_out();
        Part {
            errors: errors.to_vec(),
            left_out,
            is_overdue: outcome.is_overdue(),
            steps: outcome.steps.clone(),
            read: outcome.read,
        }
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, part: Part) {
        if let Waiting::Part(taker) = waiting {
            taker.take(part);
        }
    }

    fn go_on(_: Python<'_>, (): ()) {}
}
