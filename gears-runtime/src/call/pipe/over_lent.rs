//! Many calls of one gear over a connection that is lent.

use super::{
    chunk::{CALLS, Piped},
    outcomes::Outcomes,
};
use crate::{
    call::driver::{called_lent, lent_call},
    connect::{pool::Purpose, way::lent::Lent},
    observe,
};
#[cfg(feature = "aio")]
use crate::{call::pipe::most_of, connect::way::asynchronous};

/// Sends one chunk after another, as whoever lends a connection reads replies when all has been sent.
pub(super) fn pipe_over_lent<B: Piped<A, R>, A, R>(
    lent: &Lent<'_>,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
    let watch = observe::Pipe::begin(B::gear());
    let what = Purpose::Call(B::gear().trigger());
    let mut send = || {
        let server = lent.server()?;
        outcomes.called = Some(called_lent(B::gear(), server));
        let begin = || lent_call(B::gear(), server);
        while let Some(commands) = outcomes.fill(begin, &mut calls, CALLS) {
            let replies = lent.pipeline(&commands, format_args!("{what}"))?;
            outcomes.take(replies);
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
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
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
    let begin = || lent_call(gear, server);
    while let Some(commands) = outcomes.fill(begin, &mut calls, most_of(gear)) {
        let sent = match gear.key() {
            Some(_) => lent.pipeline_by_key(&commands, &what).await,
            None => lent.pipeline(&commands, &what).await,
        };
        match sent {
            Ok(replies) => outcomes.take(replies),
            Err(error) => {
                outcomes.fail(&error, calls);
                break;
            }
        }
    }
    outcomes.end(watch)
}
