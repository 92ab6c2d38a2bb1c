//! Many calls of one gear over one connection, without waiting for each reply.
//!
//! Calls go out in chunks of a bounded size, and the next chunk is on its way
//! while the replies to the one before are read: so neither side holds more
//! than two chunks, and neither waits for the other to read.

mod by_key;
pub(crate) mod chunk;
mod outcomes;
mod over_lent;
mod together;

use redis::Cmd;
#[cfg(feature = "aio")]
use redis::Pipeline;

#[cfg(feature = "aio")]
use self::chunk::WAITING_CALLS;
#[cfg(feature = "aio")]
use self::over_lent::pipe_over_lent_async;
use self::{
    chunk::{CALLS, Chunk, Piped, Replied},
    outcomes::Outcomes,
    over_lent::pipe_over_lent,
};
use crate::{
    connect::{cluster::Reach, gears::Gears, way::Way},
    error::Result,
    observe,
    wire::{outcome::Outcome, packed::Packed, reply::Reply},
};
#[cfg(feature = "aio")]
use crate::{
    connect::{multiplexed::together, way::asynchronous},
    gear::{descriptor::Gear, mode::Mode},
};

/// Makes the outcome of one call of many.
pub fn outcome<R: Outcome>(reply: Replied, decode: impl FnOnce(Reply) -> Result<R::Value>) -> R {
    R::from_result(reply.and_then(decode))
}

/// Calls a gear once for each element, and returns the outcomes in their order.
pub fn pipe<B: Piped<A, R>, A, R>(way: &Way<'_>, calls: impl IntoIterator<Item = A>) -> Vec<R> {
    let calls = calls.into_iter();
    match way {
        Way::Ours(gears) => pipe_over_ours::<B, A, R>(gears, calls),
        Way::Lent(lent) => pipe_over_lent::<B, A, R>(lent, calls),
    }
}

fn pipe_over_ours<B: Piped<A, R>, A, R>(
    gears: &Gears,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R, Packed>::new(calls.size_hint().0);
    let watch = observe::Pipe::begin(B::gear());
    if B::gear().key().is_some()
        && let Ok(Reach::Many(cluster)) = gears.reach()
    {
        by_key::pipe_by_key::<B, A, R>(gears, cluster, calls, |reply| outcomes.put(reply));
        return outcomes.end(watch);
    }
    let settled = match gears.settled() {
        Ok(settled) => settled,
        Err(error) => {
            outcomes.fail(&error, calls);
            return outcomes.end(watch);
        }
    };
    let gears = settled.as_ref().unwrap_or(gears);
    let attempts = gears.attempts();
    outcomes.may_be_lost = gears.remembers(B::gear());
    loop {
        let talked = gears.stream(B::gear().trigger(), |connection, server| {
            outcomes.called = Some(gears.called(B::gear(), server));
            let begin = |packed| gears.begin_call(B::gear(), server, packed);
            loop {
                let chunk: Chunk<Packed> = match outcomes.lost.is_empty() {
                    true => Chunk::fill::<B, A, R>(begin, &mut calls, CALLS),
                    // Nothing more goes out before what was forgotten is there again.
                    false => Chunk::default(),
                };
                let is_last = chunk.slots.is_empty();
                let sent = match chunk.is_unsendable() {
                    true => Ok(()),
                    false => connection.send_packed_command(chunk.calls.bytes()),
                };
                outcomes.wait_for(chunk);
                sent?;
                while outcomes.waiting() > if is_last { 0 } else { 1 } {
                    outcomes.receive(connection)?;
                }
                if is_last {
                    return Ok(());
                }
            }
        });
        if let Err(error) = talked {
            outcomes.fail(&error, calls);
            return outcomes.end(watch);
        }
        let lost = outcomes.take_lost();
        if lost.is_empty() {
            return outcomes.end(watch);
        }
        if gears.restore(attempts).is_ok() {
            for lost in lost.chunks(CALLS) {
                let commands: Vec<Cmd> = lost.iter().map(|(_, command)| command.clone()).collect();
                let replies = gears.chunk(&commands, B::gear().trigger());
                outcomes.replace(lost, replies);
            }
        }
    }
}

/// Calls a gear once for each element, and awaits the outcomes.
#[cfg(feature = "aio")]
pub async fn pipe_async<B: Piped<A, R>, A, R>(
    way: &asynchronous::Way<'_>,
    calls: impl IntoIterator<Item = A>,
) -> Vec<R> {
    let calls = calls.into_iter();
    match way {
        asynchronous::Way::Ours(gears) => pipe_over_ours_async::<B, A, R>(gears, calls).await,
        asynchronous::Way::Lent(lent) => pipe_over_lent_async::<B, A, R>(lent, calls).await,
    }
}

#[cfg(feature = "aio")]
async fn pipe_over_ours_async<B: Piped<A, R>, A, R>(
    gears: &Gears,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R, Pipeline>::new(calls.size_hint().0);
    let watch = observe::Pipe::begin(B::gear());
    let gear = B::gear();
    if gear.key().is_some()
        && let Ok(Reach::Many(cluster)) = gears.reach_async().await
    {
        let put = |reply| outcomes.put(reply);
        by_key::pipe_by_key_async::<B, A, R>(gears, cluster, calls, put).await;
        return outcomes.end(watch);
    }
    let settled = match gears.settled_async().await {
        Ok(settled) => settled,
        Err(error) => {
            outcomes.fail(&error, calls);
            return outcomes.end(watch);
        }
    };
    let gears = settled.as_ref().unwrap_or(gears);
    let waits = gear.mode() != Mode::Sync;
    let mut connection = match gears.checkout_async(waits).await {
        Ok(connection) => connection,
        Err(error) => {
            outcomes.fail(&error, calls);
            return outcomes.end(watch);
        }
    };
    let server = connection.server();
    outcomes.called = Some(gears.called(gear, server));
    let attempts = gears.attempts();
    outcomes.may_be_lost = gears.remembers(gear);
    let begin = |packed| gears.begin_call(gear, server, packed);
    while let Some(chunk) = outcomes.fill(begin, &mut calls, most_of(gear)) {
        let sent = gears.chunk_async(&mut connection, &chunk.calls, gear.trigger());
        let came = sent.await;
        if !outcomes.end_chunk(chunk, came, &mut calls) {
            break;
        }
        let lost = outcomes.take_lost();
        if !lost.is_empty() && gears.restore_async(attempts).await.is_ok() {
            let commands = together(lost.iter().map(|(_, command)| command.clone()));
            let sent = gears.chunk_async(&mut connection, &commands, gear.trigger());
            outcomes.replace(&lost, sent.await);
        }
    }
    outcomes.end(watch)
}

/// Returns how many calls go together whose replies have to be there within one timeout.
#[cfg(feature = "aio")]
fn most_of(gear: &Gear) -> usize {
    match gear.mode() {
        Mode::Sync => CALLS,
        Mode::Async | Mode::AsyncLocal => WAITING_CALLS,
    }
}

/// Stands in for the function of the feature `aio`, as `private::call_async` does.
#[cfg(not(feature = "aio"))]
pub async fn pipe_async<B: Piped<A, R>, A, R>(
    way: &Way<'_>,
    calls: impl IntoIterator<Item = A>,
) -> Vec<R> {
    pipe::<B, A, R>(way, calls)
}
