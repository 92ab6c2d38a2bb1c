//! What comes of many calls of one gear.

use std::{collections::VecDeque, marker::PhantomData};

use redis::{Cmd, Connection, RedisResult, Value};

use super::{
    chunk::{Chunk, Piped, Slots},
    together::Together,
};
use crate::{
    call::called::Called,
    error::{Error, Result},
    observe,
    server::refusal::is_unknown_trigger,
    wire::{call::Call, packed::Packed, reply::Reply},
};

/// A call that the server refused because it had forgotten the gear, with its place among the outcomes.
pub(super) type Lost = (usize, Cmd);

/// What a chunk waits for that has gone out.
struct Waiting<T> {
    slots: Slots,
    /// The calls themselves, where they may have to go out once more.
    calls: Option<T>,
    /// How many of them have their reply.
    replied: usize,
}

/// What has come of the calls so far, in their order; `T` is how they go out.
pub(super) struct Outcomes<B, A, R, T> {
    done: Vec<R>,
    /// What errors say was called.
    pub(super) called: Option<Called>,
    /// For each chunk that went out, what it waits for.
    waiting: VecDeque<Waiting<T>>,
    /// Whether calls are kept that the server refuses because it has forgotten the gear.
    pub(super) may_be_lost: bool,
    /// Those calls, with their places among the outcomes.
    pub(super) lost: Vec<Lost>,
    failed: usize,
    of: PhantomData<fn(B, A)>,
}

impl<B: Piped<A, R>, A, R, T: Together> Outcomes<B, A, R, T> {
    pub(super) fn new(expected: usize) -> Self {
        Self {
            // An iterator may promise more than there is memory for.
            done: Vec::with_capacity(expected.min(100_000)),
            called: None,
            waiting: VecDeque::new(),
            may_be_lost: false,
            lost: Vec::new(),
            failed: 0,
            of: PhantomData,
        }
    }

    /// Takes a chunk that goes out.
    pub(super) fn wait_for(&mut self, chunk: Chunk<T>) {
        self.waiting.push_back(Waiting {
            slots: chunk.slots,
            calls: self.may_be_lost.then_some(chunk.calls),
            replied: 0,
        });
    }

    /// Returns how many chunks have gone out whose replies were not read.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Reads the replies to the chunk that went out first.
    pub(super) fn receive(&mut self, connection: &mut Connection) -> RedisResult<()> {
        self.answer(|| {
            loop {
                match connection.recv_response()? {
                    // RESP3 puts these between replies.
                    Value::Push { .. } => {}
                    reply => return Ok(reply),
                }
            }
        })
    }

    /// Makes the next chunk of which something can be sent; none when there are no more calls.
    ///
    /// A chunk of which nothing can be sent is over at once.
    pub(super) fn fill(
        &mut self,
        begin: impl Fn(Option<Packed>) -> Call,
        calls: &mut impl Iterator<Item = A>,
        most: usize,
    ) -> Option<Chunk<T>> {
        loop {
            let chunk = Chunk::fill::<B, A, R>(&begin, calls, most);
            if chunk.slots.is_empty() {
                return None;
            }
            if !chunk.is_unsendable() {
                return Some(chunk);
            }
            self.wait_for(chunk);
            self.take(Vec::new());
        }
    }

    /// Takes what came of a chunk, the only one that went out; tells whether that is replies.
    pub(super) fn end_chunk(
        &mut self,
        chunk: Chunk<T>,
        came: Result<Vec<Value>>,
        calls: &mut impl Iterator<Item = A>,
    ) -> bool {
        self.wait_for(chunk);
        match came {
            Ok(replies) => {
                self.take(replies);
                true
            }
            Err(error) => {
                self.fail(&error, calls);
                false
            }
        }
    }

    /// Takes the replies to the only chunk.
    fn take(&mut self, replies: Vec<Value>) {
        let mut replies = replies.into_iter();
        // It has nothing to fail with.
        let _ = self.answer(|| Ok(replies.next().unwrap_or_default()));
    }

    /// Ends the calls of the chunk that went out first, each with the reply to it.
    fn answer(&mut self, mut next: impl FnMut() -> RedisResult<Value>) -> RedisResult<()> {
        while let Some(slot) = self
            .waiting
            .front_mut()
            .and_then(|chunk| chunk.slots.front_mut())
        {
            let reply = match slot.take() {
                Some(error) => Err(error),
                None => {
                    let reply = next()?;
                    if let Some(chunk) = self.waiting.front_mut() {
                        if is_unknown_trigger(&reply)
                            && let Some(calls) = &chunk.calls
                            && let Some(command) = calls.command(chunk.replied)
                        {
                            self.lost.push((self.done.len(), command));
                        }
                        chunk.replied += 1;
                    }
                    self.read(reply)
                }
            };
            self.put(reply);
            if let Some(chunk) = self.waiting.front_mut() {
                chunk.slots.pop_front();
            }
        }
        self.waiting.pop_front();
        Ok(())
    }

    /// Takes the calls that were refused because the server had forgotten the gear; from now on none are kept.
    pub(super) fn take_lost(&mut self) -> Vec<Lost> {
        let lost = std::mem::take(&mut self.lost);
        if !lost.is_empty() {
            self.may_be_lost = false;
        }
        lost
    }

    /// Puts what came of calls that were sent once more in the place of what came first.
    pub(super) fn replace(&mut self, lost: &[Lost], replies: Result<Vec<Value>>) {
        let mut replies = replies.map(Vec::into_iter);
        for (place, _) in lost {
            let reply = match &mut replies {
                Ok(replies) => self.read(replies.next().unwrap_or_default()),
                Err(error) => Err(error.again()),
            };
            let reply = self.told(reply);
            self.failed -= usize::from(reply.is_ok());
            self.done[*place] = B::outcome(reply);
        }
    }

    /// Reads the reply to a call.
    fn read(&self, reply: Value) -> Result<Reply> {
        match &self.called {
            Some(called) => called.read(reply),
            None => Err(Error::unexpected("a reply to nothing", &reply)),
        }
    }

    fn told(&self, reply: Result<Reply>) -> Result<Reply> {
        reply.map_err(|error| match &self.called {
            Some(called) => called.tell(error),
            None => error,
        })
    }

    pub(super) fn put(&mut self, reply: Result<Reply>) {
        let reply = self.told(reply);
        self.failed += usize::from(reply.is_err());
        self.done.push(B::outcome(reply));
    }

    pub(super) fn end(self, watch: observe::Pipe) -> Vec<R> {
        watch.end(self.done.len(), self.failed);
        self.done
    }

    /// Ends what has no reply: each call has its own outcome, whatever became of the connection.
    pub(super) fn fail(&mut self, error: &Error, calls: impl Iterator) {
        let waiting = std::mem::take(&mut self.waiting);
        for slot in waiting.into_iter().flat_map(|chunk| chunk.slots) {
            let own = slot.unwrap_or_else(|| error.again());
            self.put(Err(own));
        }
        for _ in calls {
            self.put(Err(error.again()));
        }
    }
}
