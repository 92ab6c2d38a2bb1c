//! One link: where it goes, what waits for it, and how it stands.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::failure::Failure;
use crate::queue::Queue;
use crate::session::FIRST_PAUSE;
use crate::{Access, Peer};

/// How far a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It connects and greets.
    Connecting,
    /// Both ends have proven who they are.
    Greeted,
    /// There is no connection. It is tried again soon.
    Down,
}

/// How a link stands.
#[derive(Clone, Debug)]
pub struct LinkState {
    /// Where it goes.
    pub peer: Peer,
    /// How far it is.
    pub state: State,
    /// Since when it is there.
    pub since: Instant,
    /// The run of the peer that was greeted last.
    pub run: Option<String>,
    /// What was agreed on with it.
    pub protocol: Option<u64>,
    /// Why the last connection that failed did, and what to do about it. It stays when the next
    /// one succeeds.
    pub last_error: Option<String>,
    /// Whether there is no connection for a cause that stays until somebody changes settings,
    /// rights or modules. It is tried again all the same, and what was to be sent is dropped.
    pub is_refused: bool,
    /// How many frames wait, those on the way too.
    pub queued_frames: usize,
    /// How many bytes wait, those on the way too.
    pub queued_bytes: usize,
    /// How many frames were taken in to be sent, ever. But for those that wait, the peer has
    /// them, or they were dropped: see `generation`.
    pub taken_in: u64,
    /// How many frames were sent, each of them counted once.
    pub sent_frames: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// How many frames were sent again, as the connection broke before the peer said that it has
    /// them.
    pub resent: u64,
    /// How many times what waited was dropped, as the peer was another run than before, did
    /// not know any more what it had, or refused this node.
    pub generation: u64,
    /// When the peer said something last; before it did, when the link was made.
    pub heard: Instant,
    /// Since when the oldest frame waits that the peer has not said it has.
    pub waits_since: Option<Instant>,
}

/// A link, as those who fill it and the task that empties it share it.
#[derive(Debug)]
pub(crate) struct Link {
    inner: Mutex<Inner>,
    /// That there are frames.
    pub(crate) filled: Notify,
    /// That how to get in has changed, so that to try again is worth it.
    pub(crate) hurry: Notify,
}

#[derive(Debug)]
struct Inner {
    peer: Peer,
    access: Arc<Access>,
    state: State,
    since: Instant,
    run: Option<String>,
    protocol: Option<u64>,
    last_error: Option<String>,
    is_refused: bool,
    generation: u64,
    heard: Instant,
    queue: Queue,
}

/// Whom the other end has proven to be, and how far it is.
#[derive(Debug)]
pub(crate) struct Greeted {
    pub(crate) run: String,
    pub(crate) protocol: u64,
    pub(crate) last: u64,
    pub(crate) window: u64,
}

impl Link {
    pub(crate) fn new(peer: Peer, access: Arc<Access>, queue_bytes: usize) -> Self {
        let now = Instant::now();
        Self {
            inner: Mutex::new(Inner {
                peer,
                access,
                state: State::Connecting,
                since: now,
                run: None,
                protocol: None,
                last_error: None,
                is_refused: false,
                generation: 0,
                heard: now,
                queue: Queue::new(queue_bytes),
            }),
            filled: Notify::new(),
            hurry: Notify::new(),
        }
    }

    /// Says where it goes and how to get in there. Tells whether that is another address.
    pub(crate) fn lead(&self, peer: &Peer, access: &Arc<Access>) -> bool {
        let mut inner = self.lock();
        inner.access = Arc::clone(access);
        let has_moved = inner.peer != *peer;
        if has_moved {
            inner.peer = peer.clone();
            inner.is_refused = false;
        }
        has_moved
    }

    /// Returns where it goes and how to get in there.
    pub(crate) fn target(&self) -> (Peer, Arc<Access>) {
        let inner = self.lock();
        (inner.peer.clone(), Arc::clone(&inner.access))
    }

    /// Queues a frame.
    ///
    /// # Errors
    ///
    /// When there is no room.
    pub(crate) fn push(&self, frame: Vec<u8>) -> Result<(), String> {
        let mut inner = self.lock();
        if inner.queue.push(frame, Instant::now()) {
            drop(inner);
            self.filled.notify_one();
            return Ok(());
        }
        let cause = match (inner.state, &inner.last_error) {
            (State::Greeted, _) => "it takes in less than is sent".to_owned(),
            (_, Some(error)) => error.clone(),
            (_, None) => "it has not answered yet".to_owned(),
        };
        Err(format!(
            "{} bytes wait for shard {} ({}) already: {cause}. Wait until it has them, or send it \
             less at once",
            inner.queue.bytes(),
            inner.peer.id,
            inner.peer.address()
        ))
    }

    /// Has it tried at once whether it is refused still, unless that was tried just now.
    pub(crate) fn retry(&self) {
        let inner = self.lock();
        let is_due = inner.is_refused && inner.since.elapsed() >= FIRST_PAUSE;
        drop(inner);
        if is_due {
            self.hurry();
        }
    }

    /// Has it tried at once, as it may not be refused any more.
    pub(crate) fn hurry(&self) {
        self.lock().is_refused = false;
        self.hurry.notify_one();
    }

    pub(crate) fn connecting(&self) {
        self.lock().enter(State::Connecting);
    }

    pub(crate) fn down(&self, cause: Failure) {
        let mut inner = self.lock();
        inner.last_error = Some(cause.text);
        inner.is_refused = cause.is_refusal;
        if cause.is_refusal && inner.queue.len() > 0 {
            inner.queue.give_up();
            inner.generation += 1;
        }
        inner.enter(State::Down);
    }

    /// Goes on where the other end is, or drops what waits for what it was before.
    pub(crate) fn greeted(&self, greeted: &Greeted) {
        let mut inner = self.lock();
        let is_other = inner.run.as_ref().is_some_and(|run| *run != greeted.run);
        if is_other || !inner.queue.resume(greeted.last) {
            inner.queue.restart(greeted.last);
            inner.generation += 1;
        }
        inner.run = Some(greeted.run.clone());
        inner.protocol = Some(greeted.protocol);
        inner.is_refused = false;
        inner.heard = Instant::now();
        inner.enter(State::Greeted);
    }

    /// Returns the next frame to send with its number, if it is within the window.
    pub(crate) fn next(&self, window: u64) -> Option<(u64, Arc<Vec<u8>>)> {
        self.lock().queue.next(window)
    }

    /// Notes that the peer has taken a frame. Tells whether it was on the way.
    pub(crate) fn acknowledge(&self, number: u64) -> bool {
        let mut inner = self.lock();
        inner.heard = Instant::now();
        inner.queue.acknowledge(number)
    }

    /// Returns how often frames were dropped, and how many were taken in.
    pub(crate) fn position(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.generation, inner.queue.taken_in())
    }

    /// Returns how many bytes wait, those on the way too.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.lock().queue.bytes()
    }

    /// Returns how it stands.
    pub(crate) fn state(&self) -> LinkState {
        let inner = self.lock();
        let counts = inner.queue.counts();
        LinkState {
            peer: inner.peer.clone(),
            state: inner.state,
            since: inner.since,
            run: inner.run.clone(),
            protocol: inner.protocol,
            last_error: inner.last_error.clone(),
            is_refused: inner.is_refused,
            queued_frames: inner.queue.len(),
            queued_bytes: inner.queue.bytes(),
            taken_in: inner.queue.taken_in(),
            sent_frames: counts.frames,
            sent_bytes: counts.bytes,
            resent: counts.resent,
            generation: inner.generation,
            heard: inner.heard,
            waits_since: inner.queue.waits_since(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn enter(&mut self, state: State) {
        self.state = state;
        self.since = Instant::now();
    }
}
