//! Values of keys that are read before the functions run that get them.
//!
//! The Redis lock comes to a worker about once in a turn of the server's loop. So a
//! worker that has it for the key of one event reads those of the next events too.
//! They are values of the moment after their events, as a function would read
//! them a little later, and good as long as no function can tell the difference:
//! until one has called the server, and for [`GOOD_FOR`] at most.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_server::{Context, KeyValue};
use pyo3::prelude::*;

use super::unread::Read;
use crate::ground::calls;
use crate::ground::poison::unpoisoned;
use crate::lock;

/// For how long a value is good: clients go on writing.
const GOOD_FOR: Duration = Duration::from_millis(10);

/// How many values may be read ahead, and for how long, as the server waits.
const MOST: usize = 1024;
const LONGEST: Duration = Duration::from_micros(500);

/// How many bytes they may have, but for the last of them.
const MOST_BYTES: usize = 256 << 10;

/// How many values are read between two looks at the clock.
const BETWEEN_LOOKS: usize = 8;

/// The values that were read for the next events of a lane.
#[derive(Default)]
pub(super) struct Ahead(Mutex<State>);

#[derive(Default)]
struct State {
    /// Those of the next events, in their order.
    values: VecDeque<Read>,
    /// When they were read, and how often functions had called the server then.
    read_at: Option<Instant>,
    called_elsewhere: u64,
    /// How many are read ahead. Doubled when all were used, none when some had
    /// to be given up: functions that call the server each time get by without.
    reach: usize,
    /// Whether values had to be given up since some were read.
    given_up: bool,
}

impl Ahead {
    /// Takes the value for the event that is next, if there is a good one.
    pub(super) fn take(&self) -> Option<Read> {
        let mut state = self.state();
        let good = state.called_elsewhere == calls::elsewhere()
            && state.read_at.is_some_and(|at| at.elapsed() < GOOD_FOR);
        if !state.values.is_empty() && !good {
            state.give_up();
        }
        state.values.pop_front()
    }

    /// Runs the function of an event; what was read ahead is given up if it
    /// calls the server.
    pub(super) fn watch(&self, run: impl FnOnce()) {
        if calls::watch(run) {
            self.state().give_up();
        }
    }

    /// Reads the value for an event, and those for the next ones, whose keys
    /// `keys` lists up to a number.
    pub(super) fn read(
        &self,
        py: Python<'_>,
        key: &[u8],
        list: impl FnOnce(usize) -> Keys,
    ) -> Read {
        let reach = self.state().next_reach();
        let keys = if reach > 0 {
            list(reach)
        } else {
            Keys::default()
        };
        let (value, values, called_elsewhere) = lock::with_redis(py, |context| {
            let called_elsewhere = calls::elsewhere();
            let value = Arc::new(KeyValue::read(context, key));
            let values = read_next(context, (key, &value), &keys);
            (value, values, called_elsewhere)
        });
        let mut state = self.state();
        state.values = values;
        state.called_elsewhere = called_elsewhere;
        state.read_at = Some(Instant::now());
        value
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.0.lock())
    }
}

impl State {
    fn give_up(&mut self) {
        self.values.clear();
        self.given_up = true;
    }

    fn next_reach(&mut self) -> usize {
        self.reach = if std::mem::take(&mut self.given_up) {
            0
        } else {
            (self.reach * 2).clamp(1, MOST)
        };
        self.reach
    }
}

/// Names of keys, one behind the other.
#[derive(Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// Adds a key.
    pub(super) fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let key = &self.bytes[begin..*end];
            begin = *end;
            key
        })
    }
}

/// Reads values as long as it may; one after the other of the same key are one.
fn read_next(context: &Context, first: (&[u8], &Read), keys: &Keys) -> VecDeque<Read> {
    let began = Instant::now();
    let (mut key_before, value) = first;
    let mut before = Arc::clone(value);
    let mut bytes = size(&before);
    let mut values = VecDeque::with_capacity(keys.ends.len());
    for (place, key) in keys.iter().enumerate() {
        if bytes > MOST_BYTES || place % BETWEEN_LOOKS == 0 && began.elapsed() > LONGEST {
            break;
        }
        if key != key_before {
            before = Arc::new(KeyValue::read(context, key));
            bytes += size(&before);
            key_before = key;
        }
        values.push_back(Arc::clone(&before));
    }
    values
}

fn size(read: &Read) -> usize {
    read.as_ref().as_ref().map_or(0, KeyValue::size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_one_by_one() {
        let mut keys = Keys::default();
        for key in [&b"a"[..], b"", b"bc"] {
            keys.push(key);
        }
        assert_eq!(keys.iter().collect::<Vec<_>>(), [&b"a"[..], b"", b"bc"]);
    }

    #[test]
    fn more_is_read_as_long_as_all_of_it_is_used() {
        let mut state = State::default();
        assert_eq!((state.next_reach(), state.next_reach()), (1, 2));
        state.give_up();
        assert_eq!((state.next_reach(), state.next_reach()), (0, 1));
        for _ in 0..100 {
            assert!(state.next_reach() <= MOST);
        }
    }
}
