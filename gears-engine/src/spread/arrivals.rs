//! What comes to a stage on this shard from the stage before on all shards.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use gears_model::message::{Message, Told};
use gears_model::{Id, ShardId};
use pyo3::prelude::*;

use crate::execution::feed::{Fed, Feed};
use crate::flow::{Flow, nudge};
use crate::ground::poison::unpoisoned;
use crate::python::{failure, value};
use crate::share::links;

/// So many records of this shard wait at most before the stage that brings them has to.
const MOST_OWN: usize = 256;

/// What comes to a stage.
pub(super) struct Arrivals {
    run: Id,
    /// The stage that it comes to.
    stage: usize,
    /// How many bytes another shard may send before they are taken.
    window: usize,
    /// Nobody takes it any more: asked at each record.
    is_over: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    own: VecDeque<Py<PyAny>>,
    /// Whether the stage before on this shard may bring more.
    is_own_open: bool,
    /// What other shards sent, as it came.
    others: VecDeque<(ShardId, Arrived)>,
    /// The shards that may send more, and how many bytes of theirs wait.
    senders: BTreeMap<ShardId, usize>,
    /// The stage that takes it.
    taker: Option<Arc<Flow>>,
    /// The stage before on this shard, while it has to wait.
    waiter: Option<Arc<Flow>>,
}

enum Arrived {
    Piece(Vec<u8>),
    /// So many records were sent.
    Close(u64),
    /// The shard was lost.
    Lost,
}

impl Arrivals {
    /// Prepares a stage for what these shards send, and this one if it is among them.
    pub(super) fn new(
        run: Id,
        stage: usize,
        window: usize,
        me: ShardId,
        senders: impl Iterator<Item = ShardId>,
    ) -> Arc<Self> {
        let mut state = State::default();
        for sender in senders {
            if sender == me {
                state.is_own_open = true;
            } else {
                state.senders.insert(sender, 0);
            }
        }
        Arc::new(Self {
            run,
            stage,
            window,
            is_over: AtomicBool::new(false),
            state: Mutex::new(state),
        })
    }

    /// Takes a record of this shard, to be flushed.
    pub(super) fn bring(&self, record: Py<PyAny>) {
        let mut state = self.state();
        if self.is_over() {
            // Its end may run code of scripts.
            drop(state);
            drop(record);
        } else {
            state.own.push_back(record);
        }
    }

    /// Says whether there is no room for more records of this shard; when there is again, the
    /// flow of the stage that brings them is nudged.
    pub(super) fn is_full(&self, waiter: &Arc<Flow>) -> bool {
        let mut state = self.state();
        if state.own.len() < MOST_OWN || self.is_over() {
            return false;
        }
        state.waiter = Some(Arc::clone(waiter));
        let taker = state.taker.clone();
        drop(state);
        nudge(taker);
        true
    }

    /// Says whether nobody takes it any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Has the records of this shard taken that wait.
    pub(super) fn flush_own(&self) {
        let state = self.state();
        let taker = state.taker.clone().filter(|_| !state.own.is_empty());
        drop(state);
        nudge(taker);
    }

    /// Notes that this shard brings no more.
    pub(super) fn close_own(&self) {
        let mut state = self.state();
        state.is_own_open = false;
        let taker = state.taker.clone();
        drop(state);
        nudge(taker);
    }

    /// Takes a piece of what another shard sends.
    pub(super) fn arrive(&self, sender: ShardId, piece: Vec<u8>) {
        let mut state = self.state();
        let Some(held) = state.senders.get_mut(&sender) else {
            return;
        };
        *held += piece.len();
        self.put(state, sender, Arrived::Piece(piece));
    }

    /// Notes that another shard has sent all of its records, so many.
    pub(super) fn close(&self, sender: ShardId, records: u64) {
        let state = self.state();
        if state.senders.contains_key(&sender) {
            self.put(state, sender, Arrived::Close(records));
        }
    }

    /// Waits for a shard no longer.
    pub(super) fn lose(&self, sender: ShardId) {
        let state = self.state();
        if state.senders.contains_key(&sender) {
            self.put(state, sender, Arrived::Lost);
        }
    }

    fn put(&self, mut state: MutexGuard<'_, State>, sender: ShardId, arrived: Arrived) {
        if !self.is_over() {
            state.others.push_back((sender, arrived));
        }
        let taker = state.taker.clone();
        drop(state);
        nudge(taker);
    }

    /// Takes a record of this shard.
    pub(super) fn take_own(&self) -> Option<Py<PyAny>> {
        let mut state = self.state();
        let record = state.own.pop_front();
        if state.own.is_empty() {
            let waiter = state.waiter.take();
            drop(state);
            nudge(waiter);
        }
        record
    }

    /// Has a stage take it.
    pub(super) fn feed(self: &Arc<Self>, flow: Arc<Flow>) -> ArrivalsFeed {
        self.state().taker = Some(flow);
        ArrivalsFeed {
            arrivals: Arc::clone(self),
            rests: BTreeMap::new(),
            current: None,
        }
    }

    /// Takes what another shard sent next, when it is its turn.
    fn take_others(&self) -> Option<Result<(ShardId, Arrived), Fed>> {
        let mut state = self.state();
        // This shard's own records come first, unless others have to wait for that.
        let has_time = |held: &usize| *held < self.window;
        if state.is_own_open && state.senders.values().all(has_time) {
            return Some(Err(Fed::Later));
        }
        if let Some((sender, arrived)) = state.others.pop_front() {
            match &arrived {
                Arrived::Piece(piece) => {
                    if let Some(held) = state.senders.get_mut(&sender) {
                        *held = held.saturating_sub(piece.len());
                    }
                }
                Arrived::Close(_) | Arrived::Lost => {
                    state.senders.remove(&sender);
                }
            }
            return Some(Ok((sender, arrived)));
        }
        if !state.own.is_empty() {
            return None;
        }
        Some(Err(if state.is_own_open || !state.senders.is_empty() {
            Fed::Later
        } else {
            Fed::End
        }))
    }

    fn end(&self) -> Vec<ShardId> {
        let mut state = self.state();
        self.is_over.store(true, Ordering::Relaxed);
        state.taker = None;
        let left = (
            std::mem::take(&mut state.own),
            std::mem::take(&mut state.others),
        );
        let waiter = state.waiter.take();
        let senders = state.senders.keys().copied().collect();
        drop(state);
        nudge(waiter);
        drop(left);
        senders
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

/// What a stage takes.
pub(super) struct ArrivalsFeed {
    arrivals: Arc<Arrivals>,
    /// What is left of the pieces of each shard.
    rests: BTreeMap<ShardId, Rest>,
    /// The shard whose records are taken at the moment.
    current: Option<ShardId>,
}

#[derive(Default)]
struct Rest {
    bytes: Vec<u8>,
    /// How many of them were taken.
    at: usize,
    /// How many records were.
    records: u64,
}

impl Feed for ArrivalsFeed {
    fn next(&mut self, py: Python<'_>) -> Fed {
        loop {
            if let Some(fed) = self.next_of_current(py) {
                return fed;
            }
            if let Some(record) = self.arrivals.take_own() {
                return Fed::Record(record);
            }
            match self.arrivals.take_others() {
                None => {}
                Some(Err(fed)) => return fed,
                Some(Ok((sender, Arrived::Piece(piece)))) => self.take_piece(sender, &piece),
                Some(Ok((sender, Arrived::Close(records)))) => {
                    let rest = self.rests.remove(&sender).unwrap_or_default();
                    if rest.records != records || rest.at != rest.bytes.len() {
                        return Fed::Failed(
                            format!(
                                "shard {sender} has sent {records} records, and {} have arrived",
                                rest.records
                            )
                            .into(),
                        );
                    }
                }
                Some(Ok((sender, Arrived::Lost))) => drop(self.rests.remove(&sender)),
            }
        }
    }
}

impl ArrivalsFeed {
    fn take_piece(&mut self, sender: ShardId, piece: &[u8]) {
        let rest = self.rests.entry(sender).or_default();
        rest.bytes.drain(..rest.at);
        rest.at = 0;
        rest.bytes.extend(piece);
        self.current = Some(sender);
        let taken = Told::Taken {
            stage: self.arrivals.stage as u64,
            bytes: piece.len() as u64,
        };
        links::tell(sender, &Message::OfRun(self.arrivals.run, taken));
    }

    fn next_of_current(&mut self, py: Python<'_>) -> Option<Fed> {
        let sender = self.current?;
        let rest = self.rests.get_mut(&sender)?;
        let Some((record, next)) = split_record(&rest.bytes, rest.at) else {
            self.current = None;
            return None;
        };
        rest.at = next;
        rest.records += 1;
        Some(match value::decode(py, record) {
            Ok(record) => Fed::Record(record.unbind()),
            Err(error) => Fed::Failed(failure::of(py, &error)),
        })
    }
}

/// Whoever sends more is told that nobody takes it.
impl Drop for ArrivalsFeed {
    fn drop(&mut self) {
        for sender in self.arrivals.end() {
            let enough = Told::Enough {
                stage: self.arrivals.stage as u64,
            };
            links::tell(sender, &Message::OfRun(self.arrivals.run, enough));
        }
    }
}

/// Adds a record with its length before it: seven bits a byte, the lowest first, as long as the
/// eighth is set.
pub(super) fn add_record(bytes: &mut Vec<u8>, record: &[u8]) {
    let mut length = record.len();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(record);
}

/// Finds the record at a place and where the next one begins, if it is there whole.
fn split_record(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let mut length = 0_usize;
    let mut start = at;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.get(start)?;
        start += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let end = start.checked_add(length)?;
            return Some((bytes.get(start..end)?, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_any_length_come_back() {
        let records = [vec![], vec![1; 127], vec![2; 128], vec![3; 70_000]];
        let mut bytes = Vec::new();
        for record in &records {
            add_record(&mut bytes, record);
        }
        let mut at = 0;
        for record in &records {
            let (read, next) = split_record(&bytes, at).unwrap();
            assert_eq!(read, record);
            at = next;
        }
        assert_eq!(at, bytes.len());
        for end in 0..bytes.len() {
            let whole =
                std::iter::successors(Some(0), |at| Some(split_record(&bytes[..end], *at)?.1));
            assert!(whole.count() <= records.len());
        }
        assert_eq!(split_record(&[0xff; 20], 0), None);
    }
}
