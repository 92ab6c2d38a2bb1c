//! What comes out of a run on one shard.

use std::sync::Arc;
use std::time::Instant;

use gears_model::message::Told;
use pyo3::prelude::*;

use super::leg::Leg;
use super::legs;
use crate::execution::feed::{Fed, Feed};
use crate::execution::run::Run;
use crate::plan::Pipeline;

/// Brings what comes out on this shard, and all errors if it drives the run.
struct Gathering(Arc<Leg>);

/// Prepares to gather what comes out.
pub(super) fn open(leg: &Arc<Leg>, began: Instant) -> Run {
    let pipeline = Pipeline::new(&Arc::default(), &leg.session, false);
    let feed = |flow| -> Box<dyn Feed> {
        leg.set_flow(flow);
        Box::new(Gathering(Arc::clone(leg)))
    };
    Run::fed(pipeline, feed, began)
}

impl Feed for Gathering {
    fn next(&mut self, _: Python<'_>) -> Fed {
        // Asked first: what comes until all is over has come then.
        let is_over = self.0.is_over();
        if let Some(record) = self.0.take_result() {
            return Fed::Record(record);
        }
        if self.0.drives() {
            if let Some(failed) = self.0.take_error() {
                return Fed::Failed(failed);
            }
            if let Some(errors) = self.0.take_left_out() {
                return Fed::LeftOut(errors);
            }
        }
        if is_over { Fed::End } else { Fed::Later }
    }

    fn abort(&mut self) -> bool {
        end_everywhere(&self.0);
        !self.0.is_over()
    }
}

/// Whatever ends a run before its end, such as a function that does not come back.
impl Drop for Gathering {
    fn drop(&mut self) {
        if !self.0.is_over() {
            end_everywhere(&self.0);
        }
        // What is on its way to a shard may be lost with that one, which has to be told then. Where
        // the run is driven, all shards have reported.
        if self.0.drives() || self.0.is_heard() {
            legs::remove(&self.0);
        }
    }
}

/// Ends a run here and has the others end it: all, or the one that drives it, which has them all.
fn end_everywhere(leg: &Leg) {
    if !leg.abort() {
        return;
    }
    if leg.drives() {
        leg.tell_others(|_| Told::Abort);
    } else {
        leg.tell(leg.place.run.shard, Told::Abort);
    }
}
