//! What a stage on this shard brings, on its way to where the next one is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use gears_model::message::{Message, Told};
use gears_model::{Id, ShardId, slot_of};
use pyo3::prelude::*;

use super::arrivals::{Arrivals, add_record};
use super::fate::Peers;
use super::map::Map;
use crate::execution::feed::Sink;
use crate::flow::{Flow, nudge};
use crate::ground::failed::Failed;
use crate::ground::poison::unpoisoned;
use crate::plan::{Edge, Function};
use crate::python::{failure, value};
use crate::share::links;

/// So many bytes of records make a message.
const PIECE: usize = 64 * 1024;

/// What a stage brings.
pub(super) struct Departures {
    run: Id,
    /// The stage that it goes to.
    stage: usize,
    edge: Edge,
    driver: ShardId,
    map: Arc<Map>,
    function: Arc<Function>,
    /// The next stage on this shard, if it is there.
    here: Option<Arc<Arrivals>>,
    /// How many lanes have to wait for their shard: asked at each record.
    waiting: AtomicUsize,
    /// Whether no other shard wants more: as well.
    is_wanted_nowhere: AtomicBool,
    /// Whether the run has failed, so that it need not go on: as well.
    has_failed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<ShardId, Lane>,
    /// The stage that brings it.
    flow: Option<Arc<Flow>>,
    /// Whether it brings no more.
    is_closed: bool,
}

/// What goes to another shard.
#[derive(Default)]
struct Lane {
    /// Records that make no piece yet.
    batch: Vec<u8>,
    pieces: VecDeque<Vec<u8>>,
    /// How many bytes the shard takes now; less than none when the last piece was longer.
    credit: i64,
    records: u64,
    /// Whether the shard takes no more, or was told that there is none.
    is_over: bool,
    /// Where on the link that was told, as long as it is not known that the shard has heard it.
    close: Option<(u64, u64)>,
    waits: bool,
}

/// Where a run is, as far as records on their way need it.
pub(super) struct Place {
    pub(super) run: Id,
    pub(super) map: Arc<Map>,
    pub(super) window: usize,
}

impl Departures {
    /// Prepares what goes to a stage, which is `here` as well or not.
    pub(super) fn new(
        place: &Place,
        stage: usize,
        edge: Edge,
        function: &Arc<Function>,
        here: Option<Arc<Arrivals>>,
    ) -> Arc<Self> {
        let goes_to = |shard: &ShardId| match edge {
            Edge::End => false,
            Edge::ToDriver => *shard == place.run.shard,
            Edge::ByKey(_) => true,
        };
        let others = place.map.others().filter(goes_to);
        let lanes = others.map(|shard| {
            let lane = Lane {
                credit: signed(place.window),
                ..Lane::default()
            };
            (shard, lane)
        });
        let state = State {
            lanes: lanes.collect(),
            ..State::default()
        };
        Arc::new(Self {
            run: place.run,
            stage,
            edge,
            driver: place.run.shard,
            map: Arc::clone(&place.map),
            function: Arc::clone(function),
            here,
            waiting: AtomicUsize::new(0),
            is_wanted_nowhere: AtomicBool::new(state.lanes.is_empty()),
            has_failed: AtomicBool::new(false),
            state: Mutex::new(state),
        })
    }

    /// Has a stage bring records.
    pub(super) fn sink(self: &Arc<Self>, flow: Arc<Flow>) -> DeparturesSink {
        self.state().flow = Some(Arc::clone(&flow));
        DeparturesSink {
            departures: Arc::clone(self),
            flow,
        }
    }

    fn target(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> Result<ShardId, Failed> {
        match self.edge {
            Edge::End => Ok(self.map.me),
            Edge::ToDriver => Ok(self.driver),
            Edge::ByKey(extractor) => {
                let key = self.function.callbacks().key_of(extractor, record.clone());
                let key = key.map_err(|error| failure::of(py, &error))?;
                let slot = slot_of(key.as_bytes());
                self.map.owner(slot).ok_or_else(|| {
                    format!("the key '{key}' is in slot {slot}, which no shard serves").into()
                })
            }
        }
    }

    fn add(&self, shard: ShardId, record: &[u8]) -> Result<(), Failed> {
        let mut state = self.state();
        let state = &mut *state;
        let Some(lane) = state.lanes.get_mut(&shard) else {
            return Err(format!("shard {shard} takes no part in this run").into());
        };
        lane.records += 1;
        if lane.is_over {
            return Ok(());
        }
        add_record(&mut lane.batch, record);
        if lane.batch.len() >= PIECE {
            lane.cut(PIECE);
            self.send(shard, lane);
        }
        Ok(())
    }

    /// Sends what is there.
    fn flush(&self) {
        if let Some(here) = &self.here {
            here.flush_own();
        }
        let mut state = self.state();
        let state = &mut *state;
        for (shard, lane) in &mut state.lanes {
            if !lane.batch.is_empty() {
                lane.cut(1);
                self.send(*shard, lane);
            }
        }
    }

    /// Brings no more.
    pub(super) fn close(&self) {
        self.flush();
        let mut state = self.state();
        state.is_closed = true;
        state.flow = None;
        drop(state);
        self.go_on();
        if let Some(here) = &self.here {
            here.close_own();
        }
    }

    /// Notes that a shard has taken so many bytes.
    pub(super) fn taken(&self, shard: ShardId, bytes: usize) {
        if let Some(lane) = self.state().lanes.get_mut(&shard) {
            lane.credit = lane.credit.saturating_add(signed(bytes));
        }
        self.go_on();
    }

    /// Notes that a shard takes no more.
    pub(super) fn enough(&self, shard: ShardId) {
        let mut state = self.state();
        let state_now = &mut *state;
        if let Some(lane) = state_now.lanes.get_mut(&shard) {
            lane.give_up();
            self.note_waits(lane);
        }
        let is_wanted_nowhere = state.lanes.values().all(|lane| lane.is_over);
        self.is_wanted_nowhere
            .store(is_wanted_nowhere, Ordering::Relaxed);
        let flow = state.flow.clone();
        drop(state);
        nudge(flow);
    }

    /// Has the stage bring no more than what it has read, as the run has failed.
    pub(super) fn fail(&self) {
        self.has_failed.store(true, Ordering::Relaxed);
        let flow = self.state().flow.clone();
        nudge(flow);
    }

    /// Sends what can be sent by now, and has the stage go on that waited for that.
    pub(super) fn go_on(&self) {
        let mut state = self.state();
        let state_now = &mut *state;
        let waited = self.is_waiting();
        for (shard, lane) in &mut state_now.lanes {
            self.send(*shard, lane);
            if state_now.is_closed && lane.pieces.is_empty() && !lane.is_over {
                let close = Told::Close {
                    stage: self.stage as u64,
                    records: lane.records,
                };
                let told = links::send(*shard, &Message::OfRun(self.run, close));
                lane.is_over = told.is_ok();
                // The one that drives the run waits for this shard's report as well.
                let must_be_heard = lane.is_over && *shard != self.driver;
                lane.close = links::position(*shard).filter(|_| must_be_heard);
            }
        }
        let flow = state.flow.clone().filter(|_| waited && !self.is_waiting());
        drop(state);
        nudge(flow);
    }

    /// Says whether all was sent, and that it was all.
    pub(super) fn is_over(&self) -> bool {
        let state = self.state();
        state.is_closed && state.lanes.values().all(|lane| lane.is_over)
    }

    /// Says whether all shards have heard that there is no more, as far as is known.
    pub(super) fn is_heard(&self) -> bool {
        let state = self.state();
        state.lanes.values().all(|lane| lane.close.is_none())
    }

    /// Notes which shards have heard that there is no more.
    pub(super) fn note_heard(&self, peers: &Peers) {
        for (shard, lane) in &mut self.state().lanes {
            lane.close = lane.close.filter(|close| !peers.has_got(*shard, *close));
        }
    }

    fn send(&self, shard: ShardId, lane: &mut Lane) {
        while lane.credit > 0 && links::has_room(shard) {
            let Some(bytes) = lane.pieces.pop_front() else {
                break;
            };
            lane.credit -= signed(bytes.len());
            let stage = self.stage as u64;
            let records = Message::OfRun(self.run, Told::Records { stage, bytes });
            if links::send(shard, &records).is_err()
                && let Message::OfRun(_, Told::Records { bytes, .. }) = records
            {
                // There is room again later, or the shard is lost.
                lane.credit += signed(bytes.len());
                lane.pieces.push_front(bytes);
                break;
            }
        }
        self.note_waits(lane);
    }

    /// Counts a lane that has to wait, or has not any more.
    fn note_waits(&self, lane: &mut Lane) {
        let waits = !lane.pieces.is_empty();
        match (lane.waits, waits) {
            (false, true) => drop(self.waiting.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(self.waiting.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
        lane.waits = waits;
    }

    fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

impl Lane {
    /// Makes pieces of the records, each of so many bytes at least and none longer than a message.
    fn cut(&mut self, least: usize) {
        let batch = std::mem::take(&mut self.batch);
        for piece in batch.chunks(PIECE) {
            if piece.len() >= least {
                self.pieces.push_back(piece.to_vec());
            } else {
                self.batch = piece.to_vec();
            }
        }
    }

    fn give_up(&mut self) {
        self.is_over = true;
        self.close = None;
        self.batch = Vec::new();
        self.pieces.clear();
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// What a stage gives its records to.
pub(super) struct DeparturesSink {
    departures: Arc<Departures>,
    flow: Arc<Flow>,
}

impl Sink for DeparturesSink {
    fn take(&mut self, py: Python<'_>, record: Py<PyAny>) -> Result<(), Failed> {
        let departures = &*self.departures;
        let shard = departures.target(py, record.bind(py))?;
        if shard == departures.map.me {
            if let Some(here) = &departures.here {
                here.bring(record);
            }
            return Ok(());
        }
        match value::encode(record.bind(py)) {
            Some(bytes) => departures.add(shard, &bytes),
            None => Err(value::NOT_PLAIN.into()),
        }
    }

    fn is_full(&self) -> bool {
        let here = self.departures.here.as_ref();
        // What comes out is kept in any case.
        let here = here.filter(|_| self.departures.edge != Edge::End);
        self.departures.is_waiting() || here.is_some_and(|here| here.is_full(&self.flow))
    }

    fn has_enough(&self) -> bool {
        let Departures {
            is_wanted_nowhere,
            has_failed,
            here,
            ..
        } = &*self.departures;
        has_failed.load(Ordering::Relaxed)
            || is_wanted_nowhere.load(Ordering::Relaxed)
                && here.as_ref().is_none_or(|here| here.is_over())
    }

    fn flush(&mut self) {
        self.departures.flush();
    }
}
