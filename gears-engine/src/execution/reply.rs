//! What came out of an execution, as a reply.

use gears_server::Reply;
use pyo3::prelude::*;

use crate::plan::Outcome;
use crate::python::convert;

/// Replies with the results.
pub(crate) fn reply_results(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    reply.array(outcome.results.len());
    for result in &outcome.results {
        convert::reply(reply, result.bind(py));
    }
}

/// Replies with results and errors.
pub(crate) fn reply_outcome(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    reply.array(2);
    reply_results(py, outcome, reply);
    reply_errors(outcome, reply);
}

/// Replies with the errors.
pub(super) fn reply_errors(outcome: &Outcome, reply: &mut impl Reply) {
    reply.array(outcome.errors.len());
    for error in &outcome.errors {
        reply.bulk(error.as_bytes());
    }
}
