//! What a StreamReader registration reads, and how far it is (spec section 3.4).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Prefix;

/// What happens to a batch whose execution failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The next batch is read.
    Continue,
    /// No more is read.
    Abort,
    /// It is read again, after a while.
    Retry,
}

impl FailurePolicy {
    /// Reads a policy's name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "continue" => Some(Self::Continue),
            "abort" => Some(Self::Abort),
            "retry" => Some(Self::Retry),
            _ => None,
        }
    }

    /// Names the policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Abort => "abort",
            Self::Retry => "retry",
        }
    }
}

/// What the end of a batch's execution means for its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEnd {
    /// The next batch is read.
    Succeeded,
    /// The policy says how to go on.
    Failed,
    /// The function wants to be paused, whatever the policy says.
    WantsPause,
}

impl BatchEnd {
    /// Reads it off the first error, if there is one: `PAUSE` at its beginning is a
    /// function's only way to ask for a pause (spec section 3.4).
    pub fn of_error(error: Option<&str>) -> Self {
        match error {
            None => Self::Succeeded,
            Some(error) if error.starts_with("PAUSE") => Self::WantsPause,
            Some(_) => Self::Failed,
        }
    }
}

/// Whether entries are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// They are read.
    #[default]
    Ok,
    /// A batch failed, and no more is read.
    Aborted,
    /// Somebody said so.
    Paused,
    /// A batch failed, and is read again later.
    WaitingForRetry,
}

impl Status {
    /// Names the status as replies do.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Aborted => "ABORTED",
            Self::Paused => "PAUSED",
            Self::WaitingForRetry => "WAITING_FOR_RETRY_ON_FAILURE",
        }
    }
}

/// How a registration reads streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Which streams.
    pub prefix: Prefix,
    /// How many entries an execution gets at most.
    pub batch: i64,
    /// How long the oldest entry waits for a full batch; zero is for ever.
    pub duration: Duration,
    /// What happens when one fails.
    pub policy: FailurePolicy,
    /// How long a batch waits that is read again.
    pub retry_interval: Duration,
    /// Whether entries are deleted that were read.
    pub trim: bool,
}

/// A registration's reading of streams.
pub struct Stream {
    /// How it was registered.
    pub options: StreamOptions,
    state: Mutex<StreamState>,
}

#[derive(Default)]
struct StreamState {
    status: Status,
    /// The registration was taken out: what was begun is finished, and nothing
    /// more is read.
    is_closed: bool,
    keys: HashMap<Vec<u8>, KeyState>,
}

/// How far the reading of one stream is.
#[derive(Default)]
struct KeyState {
    /// An execution reads the stream or is about to.
    busy: bool,
    /// Entries came while it was busy.
    again: bool,
    /// A batch failed and is not read again before its time.
    waits_for_retry: bool,
    /// Entries that an earlier life of the server had delivered were looked for.
    recovered: bool,
    /// The execution for such entries has run, which there is even for none.
    begun: bool,
    /// Since when entries wait for their batch to be full.
    waits_since: Option<Instant>,
}

impl Stream {
    /// Begins to read.
    pub fn new(options: StreamOptions) -> Self {
        Self {
            options,
            state: Mutex::default(),
        }
    }

    /// Returns whether entries are read.
    pub fn status(&self) -> Status {
        self.state().status
    }

    /// Changes whether entries are read.
    pub fn set_status(&self, status: Status) {
        self.state().status = status;
    }

    /// Ends the reading, of all streams.
    pub fn close(&self) {
        self.state().is_closed = true;
    }

    /// Says whether the reading was ended.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Takes the turn to read a stream; no if somebody has it, who will then
    /// look again, or if nothing is read.
    pub fn take_turn(&self, key: &[u8]) -> bool {
        let mut state = self.state();
        if state.is_closed || matches!(state.status, Status::Aborted | Status::Paused) {
            return false;
        }
        let key = state.keys.entry(key.to_vec()).or_default();
        if key.waits_for_retry {
            return false;
        }
        if key.busy {
            key.again = true;
            return false;
        }
        key.busy = true;
        true
    }

    /// Gives the turn back; says whether to look again at once.
    pub fn end_turn(&self, key: &[u8]) -> bool {
        let mut state = self.state();
        let goes_on = !matches!(state.status, Status::Aborted | Status::Paused);
        let Some(key) = state.keys.get_mut(key) else {
            return false;
        };
        key.busy = false;
        std::mem::take(&mut key.again) && goes_on && !key.waits_for_retry
    }

    /// Leaves a stream alone until [`end_wait_for_retry`](Self::end_wait_for_retry).
    pub fn wait_for_retry(&self, key: &[u8]) {
        let mut state = self.state();
        state.status = Status::WaitingForRetry;
        let key = state.keys.entry(key.to_vec()).or_default();
        key.recovered = false;
        key.waits_for_retry = true;
    }

    /// Notes that a stream may be read again; says no if it did not wait.
    pub fn end_wait_for_retry(&self, key: &[u8]) -> bool {
        let mut state = self.state();
        let Some(key) = state.keys.get_mut(key) else {
            return false;
        };
        let waited = std::mem::take(&mut key.waits_for_retry);
        let others_wait = state.keys.values().any(|key| key.waits_for_retry);
        if state.status == Status::WaitingForRetry && !others_wait {
            state.status = Status::Ok;
        }
        waited
    }

    /// Says once for each stream that entries may be left from before.
    pub fn must_recover(&self, key: &[u8]) -> bool {
        let mut state = self.state();
        let key = state.keys.entry(key.to_vec()).or_default();
        !std::mem::replace(&mut key.recovered, true)
    }

    /// Says once for each stream that this is the beginning of its reading.
    pub fn begins(&self, key: &[u8]) -> bool {
        let mut state = self.state();
        let key = state.keys.entry(key.to_vec()).or_default();
        !std::mem::replace(&mut key.begun, true)
    }

    /// Has the next turn begin with the entries that were delivered before.
    pub fn recover_again(&self, key: &[u8]) {
        self.state().keys.entry(key.to_vec()).or_default().recovered = false;
    }

    /// Has every stream's next turn begin with the entries that were delivered
    /// before: another server may have read meanwhile.
    pub fn recover_all(&self) {
        for key in self.state().keys.values_mut() {
            key.recovered = false;
        }
    }

    /// Returns how long a batch that is not full may wait yet; nothing when its
    /// time is over.
    pub fn left_to_wait(&self, key: &[u8], duration: Duration) -> Option<Duration> {
        let mut state = self.state();
        let since = *state
            .keys
            .entry(key.to_vec())
            .or_default()
            .waits_since
            .get_or_insert_with(Instant::now);
        duration
            .checked_sub(since.elapsed())
            .filter(|left| !left.is_zero())
    }

    /// Notes that no entries wait for their batch.
    pub fn forget_wait(&self, key: &[u8]) {
        if let Some(key) = self.state().keys.get_mut(key) {
            key.waits_since = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, StreamState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn functions_ask_for_a_pause_by_how_their_error_begins() {
        for (error, end) in [
            (None, BatchEnd::Succeeded),
            (Some("PAUSE"), BatchEnd::WantsPause),
            (Some("PAUSE for a while"), BatchEnd::WantsPause),
            (Some(""), BatchEnd::Failed),
            (Some("no PAUSE"), BatchEnd::Failed),
            (Some("pause"), BatchEnd::Failed),
        ] {
            assert_eq!(BatchEnd::of_error(error), end, "{error:?}");
        }
    }

    /// What can happen next to one of two streams.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        /// An entry comes, and whoever brings it asks for the turn.
        Arrives,
        /// Whoever has the turn reads what is there.
        Reads,
        /// Whoever has the turn has read, and gives it back.
        Ends,
        /// The batch of whoever has the turn fails: it is read again later.
        Fails,
        /// The time of a batch that failed has come.
        Retries,
    }

    /// A stream as the server has it, and who reads it.
    #[derive(Default)]
    struct Log {
        arrived: usize,
        read: usize,
        /// Where reading goes on when what was read fails.
        kept: usize,
        turn: Turn,
    }

    /// How far whoever has the turn is.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    enum Turn {
        #[default]
        Nobodys,
        Taken,
        /// It is given back only after this.
        HasRead,
    }

    fn happen(stream: &Stream, key: &[u8], log: &mut Log, event: Event) {
        match event {
            Event::Arrives => {
                log.arrived += 1;
                take(stream, key, log);
            }
            Event::Reads if log.turn != Turn::Nobodys => {
                log.read = log.arrived;
                log.turn = Turn::HasRead;
            }
            Event::Ends if log.turn == Turn::HasRead => {
                log.turn = Turn::Nobodys;
                log.kept = log.read;
                if stream.end_turn(key) {
                    take(stream, key, log);
                }
            }
            Event::Fails if log.turn == Turn::HasRead => {
                log.turn = Turn::Nobodys;
                log.read = log.kept;
                stream.wait_for_retry(key);
                assert!(!stream.end_turn(key), "a batch that failed has to wait");
            }
            Event::Retries => {
                if stream.end_wait_for_retry(key) {
                    take(stream, key, log);
                }
            }
            Event::Reads | Event::Ends | Event::Fails => {}
        }
    }

    fn take(stream: &Stream, key: &[u8], log: &mut Log) {
        if stream.take_turn(key) {
            assert_eq!(log.turn, Turn::Nobodys, "two have the turn");
            log.turn = Turn::Taken;
        }
    }

    proptest! {
        #[test]
        fn every_entry_is_read_whatever_happens_when(
            events in vec(
                (
                    0..2_usize,
                    prop_oneof![
                        Just(Event::Arrives),
                        Just(Event::Reads),
                        Just(Event::Ends),
                        Just(Event::Fails),
                        Just(Event::Retries),
                    ],
                ),
                0..200,
            ),
        ) {
            let stream = Stream::new(StreamOptions {
                prefix: Prefix::new(b"*"),
                batch: 1,
                duration: Duration::ZERO,
                policy: FailurePolicy::Retry,
                retry_interval: Duration::ZERO,
                trim: false,
            });
            let keys: [&[u8]; 2] = [b"one", b"two"];
            let mut logs = [Log::default(), Log::default()];
            for (which, event) in events {
                happen(&stream, keys[which], &mut logs[which], event);
            }
            // Nothing new comes: what was begun is brought to its end.
            for (key, log) in keys.into_iter().zip(&mut logs) {
                happen(&stream, key, log, Event::Retries);
                while log.turn != Turn::Nobodys {
                    happen(&stream, key, log, Event::Reads);
                    happen(&stream, key, log, Event::Ends);
                }
                prop_assert_eq!(log.read, log.arrived);
            }
            prop_assert_eq!(stream.status(), Status::Ok);
        }
    }
}
