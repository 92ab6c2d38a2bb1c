//! Records that wait at a step for a coroutine or a future.

use std::collections::VecDeque;

use gears_model::plan::Step;
use pyo3::prelude::*;

use crate::flow::Landing;

/// How many records of one step may wait for their coroutines at once.
const MOST_IN_FLIGHT: usize = 1_000;

/// What a step needs besides the callback's result to go on with a record.
pub(super) enum Kept {
    Nothing,
    /// The record itself.
    Record(Py<PyAny>),
    /// The place of the record's group.
    Group(usize),
}

/// A record whose callback was called.
pub(super) struct Flight {
    pub(super) kept: Kept,
    pub(super) landing: Option<Landing>,
    /// The coroutine, to be cancelled when nobody wants its result any more.
    pub(super) coroutine: Option<Py<PyAny>>,
}

/// The records of one step that wait, in their order.
#[derive(Default)]
pub(super) struct Line {
    flights: VecDeque<Flight>,
    /// The number of the first flight.
    first: u64,
    /// Records whose callback was not called, because too many are in flight.
    waiting: VecDeque<Py<PyAny>>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.flights.is_empty() && self.waiting.is_empty()
    }

    pub(super) fn has_flights(&self) -> bool {
        !self.flights.is_empty()
    }

    /// Says whether another record has to wait for its turn.
    pub(super) fn is_full(&self, step: &Step) -> bool {
        !self.waiting.is_empty() || self.flights.len() >= capacity(step)
    }

    /// Adds a flight and returns its number.
    pub(super) fn begin(&mut self, flight: Flight) -> u64 {
        self.flights.push_back(flight);
        self.first + self.flights.len() as u64 - 1
    }

    pub(super) fn wait(&mut self, record: Py<PyAny>) {
        self.waiting.push_back(record);
    }

    /// Takes a record that waits, if one more may be in flight.
    pub(super) fn take_waiting(&mut self, step: &Step) -> Option<Py<PyAny>> {
        if self.flights.len() < capacity(step) {
            self.waiting.pop_front()
        } else {
            None
        }
    }

    /// Finds a flight by its number.
    pub(super) fn flight(&mut self, number: u64) -> Option<&mut Flight> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.flights.get_mut(place)
    }

    /// Takes the first flight if it has landed: later ones wait for it.
    pub(super) fn take_landed(&mut self) -> Option<(Kept, Landing)> {
        self.flights.front()?.landing.as_ref()?;
        self.first += 1;
        let flight = self.flights.pop_front()?;
        Some((flight.kept, flight.landing?))
    }

    /// Gives everything up; returns the coroutines that were in flight.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Py<PyAny>> {
        self.waiting.clear();
        self.first += self.flights.len() as u64;
        self.flights.drain(..).filter_map(|flight| flight.coroutine)
    }
}

/// An accumulator belongs to one record at a time.
fn capacity(step: &Step) -> usize {
    match step {
        Step::Accumulate(_) | Step::Group { .. } => 1,
        _ => MOST_IN_FLIGHT,
    }
}
