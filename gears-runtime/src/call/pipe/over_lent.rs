//! Many calls of one gear over a connection that is lent.

#[cfg(feature = "aio")]
use redis::Pipeline;

use super::{
    chunk::{CALLS, Piped},
    outcomes::Outcomes,
};
use crate::{
    call::driver::{called_lent, lent_call},
    connect::{pool::Purpose, way::lent::Lent},
    observe,
    wire::packed::Packed,
};
#[cfg(feature = "aio")]
use crate::{call::pipe::most_of, connect::way::asynchronous};

/// Sends one chunk after another, as whoever lends a connection reads replies when all has been sent.
pub(super) fn pipe_over_lent<B: Piped<A, R>, A, R>(
    lent: &Lent<'_>,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R, Packed>::new(calls.size_hint().0);
    let watch = observe::Pipe::begin(B::gear());
    let what = Purpose::Call(B::gear().trigger());
    let mut send = || {
        let server = lent.server()?;
        outcomes.called = Some(called_lent(B::gear(), server));
        let begin = |packed| lent_call(B::gear(), server, packed);
        while let Some(chunk) = outcomes.fill(begin, &mut calls, CALLS) {
            let came = lent.packed(&chunk.calls, format_args!("{what}"));
            if !outcomes.end_chunk(chunk, came, &mut calls) {
                break;
            }
        }
        Ok(())
    };
    if let Err(error) = send() {
        outcomes.fail(&error, calls);
    }
    outcomes.end(watch)
}

/// Sends one chunk after another, as [`pipe_over_lent`] does.
#[cfg(feature = "aio")]
pub(super) async fn pipe_over_lent_async<B: Piped<A, R>, A, R>(
    lent: &asynchronous::Lent<'_>,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R, Pipeline>::new(calls.size_hint().0);
    let gear = B::gear();
    let watch = observe::Pipe::begin(gear);
    let what = Purpose::Call(gear.trigger()).to_string();
    let server = match lent.server().await {
        Ok(server) => server,
        Err(error) => {
            outcomes.fail(&error, calls);
            return outcomes.end(watch);
        }
    };
    outcomes.called = Some(called_lent(gear, server));
    let begin = |packed| lent_call(gear, server, packed);
    while let Some(chunk) = outcomes.fill(begin, &mut calls, most_of(gear)) {
        let came = match gear.key() {
            Some(_) => lent.pipeline_by_key(&chunk.calls, &what).await,
            None => lent.pipeline(&chunk.calls, &what).await,
        };
        if !outcomes.end_chunk(chunk, came, &mut calls) {
            break;
        }
    }
    outcomes.end(watch)
}
