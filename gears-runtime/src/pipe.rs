//! Many calls of one gear over one connection, without waiting for each reply.
//!
//! Calls go out in chunks of a bounded size, and the next chunk is on its way
//! while the replies to the one before are read: so neither side holds more
//! than two chunks, and neither waits for the other to read.

use std::{collections::VecDeque, marker::PhantomData};

use redis::{Cmd, Connection, RedisResult, Value};

use crate::{
    call::Call,
    error::{Error, Result},
    gear::Gear,
    gears::Gears,
    reply::Reply,
    server::Dialect,
};

/// The most calls of a chunk.
const CALLS: usize = 1000;
/// The most bytes of a chunk, unless one call alone has more.
const BYTES: usize = 128 << 10;
/// The most calls of a chunk whose replies have to be there within one timeout, though workers run them in turn.
#[cfg(feature = "aio")]
const WAITING_CALLS: usize = 64;

/// A gear that is called with arguments of type `A`, for generated code.
#[diagnostic::on_unimplemented(
    message = "one call of this gear does not take `{A}`",
    label = "these are not the arguments of the gear",
    note = "a gear of one parameter takes its bare value, one of several a tuple of them, in their order"
)]
///
/// `R` is what one call returns: a parameter, as a type of the caller's own may be private.
pub trait Piped<A, R> {
    /// The gear.
    fn gear() -> &'static Gear;

    /// Adds the arguments to a call.
    ///
    /// # Errors
    ///
    /// As the call of the stub.
    fn encode(arguments: A, call: &mut Call) -> Result<()>;

    /// Makes the outcome of a reply.
    fn outcome(reply: Result<Reply>) -> R;
}

/// Calls a gear once for each element, and returns the outcomes in their order.
pub fn pipe<B: Piped<A, R>, A, R>(gears: &Gears, calls: impl IntoIterator<Item = A>) -> Vec<R> {
    let mut calls = calls.into_iter();
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
    let talked = gears.stream(B::gear().trigger(), |connection, dialect| {
        loop {
            let chunk = Chunk::fill::<B, A, R>(&mut calls, dialect, CALLS);
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
        outcomes.fail(error, calls);
    }
    outcomes.done
}

/// Calls a gear once for each element, and awaits the outcomes.
#[cfg(feature = "aio")]
pub async fn pipe_async<B: Piped<A, R>, A, R>(
    gears: &Gears,
    calls: impl IntoIterator<Item = A>,
) -> Vec<R> {
    let mut calls = calls.into_iter();
    let mut outcomes = Outcomes::<B, A, R>::new(calls.size_hint().0);
    let gear = B::gear();
    let waits = gear.mode() != crate::gear::Mode::Sync;
    let most = if waits { WAITING_CALLS } else { CALLS };
    let mut connection = match gears.checkout_async(waits).await {
        Ok(connection) => connection,
        Err(error) => {
            outcomes.fail(error, calls);
            return outcomes.done;
        }
    };
    loop {
        let chunk = Chunk::fill::<B, A, R>(&mut calls, connection.dialect(), most);
        if chunk.slots.is_empty() {
            return outcomes.done;
        }
        outcomes.waiting.push_back(chunk.slots);
        let replies = if chunk.commands.is_empty() {
            Ok(Vec::new())
        } else {
            gears
                .chunk_async(&mut connection, chunk.commands, gear.trigger())
                .await
        };
        match replies {
            Ok(replies) => outcomes.take(replies),
            Err(error) => {
                outcomes.fail(error, calls);
                return outcomes.done;
            }
        }
    }
}

/// Stands in for the function of the feature `aio`, as `private::call_async` does.
#[cfg(not(feature = "aio"))]
pub async fn pipe_async<B: Piped<A, R>, A, R>(
    gears: &Gears,
    calls: impl IntoIterator<Item = A>,
) -> Vec<R> {
    pipe::<B, A, R>(gears, calls)
}

/// For each call of a chunk the error that kept it from being sent, if there was one.
type Slots = VecDeque<Option<Error>>;

/// Calls that go out together.
struct Chunk {
    commands: Vec<Cmd>,
    slots: Slots,
}

impl Chunk {
    fn fill<B: Piped<A, R>, A, R>(
        calls: &mut impl Iterator<Item = A>,
        dialect: Dialect,
        most: usize,
    ) -> Self {
        let mut chunk = Self {
            commands: Vec::new(),
            slots: Slots::new(),
        };
        let mut bytes = 0;
        while chunk.slots.len() < most && bytes < BYTES {
            let Some(arguments) = calls.next() else {
                break;
            };
            let mut call = Call::new(B::gear(), dialect);
            match B::encode(arguments, &mut call) {
                Ok(()) => {
                    let command = call.into_command();
                    bytes += length(&command);
                    chunk.commands.push(command);
                    chunk.slots.push_back(None);
                }
                Err(error) => chunk.slots.push_back(Some(error)),
            }
        }
        chunk
    }

    fn packed(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        for command in &self.commands {
            command.write_packed_command(&mut packed);
        }
        packed
    }
}

fn length(command: &Cmd) -> usize {
    command
        .args_iter()
        .map(|word| match word {
            redis::Arg::Simple(word) => word.len() + 16,
            _ => 16,
        })
        .sum()
}

/// What has come of the calls so far, in their order.
struct Outcomes<B, A, R> {
    done: Vec<R>,
    waiting: VecDeque<Slots>,
    of: PhantomData<fn(B, A)>,
}

impl<B: Piped<A, R>, A, R> Outcomes<B, A, R> {
    fn new(expected: usize) -> Self {
        Self {
            // An iterator may promise more than there is memory for.
            done: Vec::with_capacity(expected.min(100_000)),
            waiting: VecDeque::new(),
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

    /// Takes the replies to the only chunk.
    #[cfg(feature = "aio")]
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
        self.done.push(B::outcome(reply));
        if let Some(slots) = self.waiting.front_mut() {
            slots.pop_front();
        }
    }

    /// Ends what has no reply: each call has its own outcome, whatever became of the connection.
    fn fail(&mut self, error: Error, calls: impl Iterator) {
        for slot in std::mem::take(&mut self.waiting).into_iter().flatten() {
            let own = slot.unwrap_or_else(|| error.again());
            self.done.push(B::outcome(Err(own)));
        }
        for _ in calls {
            self.done.push(B::outcome(Err(error.again())));
        }
    }
}
