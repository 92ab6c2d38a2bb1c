//! Many calls of one gear over one connection, without waiting for each reply.
//!
//! Calls go out in chunks of a bounded size, and the next chunk is on its way
//! while the replies to the one before are read: so neither side holds more
//! than two chunks, and neither waits for the other to read.

mod by_key;
pub(crate) mod chunk;

use std::{collections::VecDeque, marker::PhantomData};

use redis::{Cmd, Connection, RedisResult, Value};

#[cfg(feature = "aio")]
use self::chunk::WAITING_CALLS;
use self::chunk::{CALLS, Chunk, Piped, Replied, Slots};
use super::{
    called::Called,
    driver::{called_lent, lent_call},
};
#[cfg(feature = "aio")]
use crate::{
    connect::way::asynchronous,
    gear::{descriptor::Gear, mode::Mode},
};
use crate::{
    connect::{
        cluster::Reach,
        gears::Gears,
        pool::Purpose,
        way::{Way, lent::Lent},
    },
    error::{Error, Result},
    observe,
    wire::{call::Call, outcome::Outcome, reply::Reply},
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
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
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
    let talked = gears.stream(B::gear().trigger(), |connection, server| {
        outcomes.called = Some(gears.called(B::gear(), server));
        loop {
            let begin = || gears.begin_call(B::gear(), server);
            let chunk = Chunk::fill::<B, A, R>(begin, &mut calls, CALLS);
            let is_last = chunk.slots.is_empty();
            let packed = chunk.packed();
            outcomes.waiting.push_back(chunk.slots);
            if !packed.is_empty() {
                connection.send_packed_command(&packed)?;
            }
            while outcomes.waiting.len() > if is_last { 0 } else { 1 } {
                outcomes.receive(connection)?;
            }
            if is_last {
                return Ok(());
            }
        }
    });
    if let Err(error) = talked {
        outcomes.fail(&error, calls);
    }
    outcomes.end(watch)
}

/// Sends one chunk after another, as whoever lends a connection reads replies when all has been sent.
fn pipe_over_lent<B: Piped<A, R>, A, R>(
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
async fn pipe_over_lent_async<B: Piped<A, R>, A, R>(
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

#[cfg(feature = "aio")]
async fn pipe_over_ours_async<B: Piped<A, R>, A, R>(
    gears: &Gears,
    mut calls: impl Iterator<Item = A>,
) -> Vec<R> {
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
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
    let begin = || gears.begin_call(gear, server);
    while let Some(commands) = outcomes.fill(begin, &mut calls, most_of(gear)) {
        let sent = gears.chunk_async(&mut connection, commands, gear.trigger());
        match sent.await {
            Ok(replies) => outcomes.take(replies),
            Err(error) => {
                outcomes.fail(&error, calls);
                break;
            }
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

/// What has come of the calls so far, in their order.
struct Outcomes<B, A, R> {
    done: Vec<R>,
    /// What errors say was called.
    called: Option<Called>,
    waiting: VecDeque<Slots>,
    failed: usize,
    of: PhantomData<fn(B, A)>,
}

impl<B: Piped<A, R>, A, R> Outcomes<B, A, R> {
    fn new(expected: usize) -> Self {
        Self {
            // An iterator may promise more than there is memory for.
            done: Vec::with_capacity(expected.min(100_000)),
            called: None,
            waiting: VecDeque::new(),
            failed: 0,
            of: PhantomData,
        }
    }

    /// Reads the replies to the chunk that went out first.
    fn receive(&mut self, connection: &mut Connection) -> RedisResult<()> {
        while let Some(slot) = self.waiting.front_mut().and_then(VecDeque::front_mut) {
            let reply = match slot.take() {
                Some(error) => Err(error),
                None => loop {
                    match connection.recv_response()? {
                        // RESP3 puts these between replies.
                        Value::Push { .. } => {}
                        reply => break Reply::from_value(reply, B::gear()),
                    }
                },
            };
            self.finish(reply);
        }
        self.waiting.pop_front();
        Ok(())
    }

    /// Makes the next chunk, the only one, and returns what is to be sent; nothing when there are no more calls.
    ///
    /// A chunk of which nothing can be sent is over at once.
    fn fill(
        &mut self,
        begin: impl Fn() -> Call,
        calls: &mut impl Iterator<Item = A>,
        most: usize,
    ) -> Option<Vec<Cmd>> {
        loop {
            let chunk = Chunk::fill::<B, A, R>(&begin, calls, most);
            if chunk.slots.is_empty() {
                return None;
            }
            self.waiting.push_back(chunk.slots);
            if !chunk.commands.is_empty() {
                return Some(chunk.commands);
            }
            self.take(Vec::new());
        }
    }

    /// Takes the replies to the only chunk.
    fn take(&mut self, replies: Vec<Value>) {
        let mut replies = replies.into_iter();
        while let Some(slot) = self.waiting.front_mut().and_then(VecDeque::front_mut) {
            let reply = match slot.take() {
                Some(error) => Err(error),
                None => Reply::from_value(replies.next().unwrap_or_default(), B::gear()),
            };
            self.finish(reply);
        }
        self.waiting.pop_front();
    }

    /// Ends the call that waits for the longest.
    fn finish(&mut self, reply: Result<Reply>) {
        self.put(reply);
        if let Some(slots) = self.waiting.front_mut() {
            slots.pop_front();
        }
    }

    fn put(&mut self, reply: Result<Reply>) {
        let reply = reply.map_err(|error| match &self.called {
            Some(called) => called.tell(error),
            None => error,
        });
        self.failed += usize::from(reply.is_err());
        self.done.push(B::outcome(reply));
    }

    fn end(self, watch: observe::Pipe) -> Vec<R> {
        watch.end(self.done.len(), self.failed);
        self.done
    }

    /// Ends what has no reply: each call has its own outcome, whatever became of the connection.
    fn fail(&mut self, error: &Error, calls: impl Iterator) {
        for slot in std::mem::take(&mut self.waiting).into_iter().flatten() {
            let own = slot.unwrap_or_else(|| error.again());
            self.put(Err(own));
        }
        for _ in calls {
            self.put(Err(error.again()));
        }
    }
}
