//! Keys with their values.

use std::sync::Arc;

use gears_model::slot_of;
use gears_server::{Bring, CallFailure, Context, KeyBatch, Refusal, Scanner};
use pyo3::prelude::*;

use super::Broken;
use super::partial::PartialRecords;
use super::scan::KeyScan;
use crate::lock;
use crate::plan::{Function, Reads};
use crate::python::convert;

/// The keys of a KeysReader.
pub(crate) struct Keys {
    pattern: Vec<u8>,
    read_value: bool,
    /// What the records are for.
    function: Arc<Function>,
    /// Once there is more than one batch, and the function reads no more than some members.
    partial: Option<PartialRecords>,
    /// `None` before the first record is asked for.
    scan: Option<KeyScan>,
    read: KeyBatch,
    /// The place of the next key in what was read.
    next: usize,
}

impl Keys {
    pub(super) fn new(pattern: Vec<u8>, read_value: bool, function: Arc<Function>) -> Self {
        Self {
            pattern,
            read_value,
            function,
            partial: None,
            scan: None,
            read: KeyBatch::default(),
            next: 0,
        }
    }

    fn bring(&self) -> Bring {
        if self.read_value {
            Bring::NamesAndValues
        } else {
            Bring::Names
        }
    }

    pub(super) fn next<'py>(
        &mut self,
        py: Python<'py>,
    ) -> Result<Option<Bound<'py, PyAny>>, Broken> {
        loop {
            if let Some((name, value)) = self.read.get(self.next) {
                self.next += 1;
                let record = match &mut self.partial {
                    Some(partial) => partial.record(py, name, value.as_ref()),
                    None => convert::key_record(py, name, value.as_ref(), None),
                };
                return Ok(Some(record?));
            }
            if let Some(failure) = self.read.take_failure() {
                return Err(failure.into());
            }
            match self.next_batch(py, self.bring())? {
                None => return Ok(None),
                Some(read) => {
                    self.read = read;
                    self.next = 0;
                }
            }
        }
    }

    /// Counts all keys, for a plan that does nothing else with them.
    pub(super) fn count(&mut self, py: Python<'_>) -> Result<usize, Broken> {
        if self.pattern == b"*"
            && let Some(count) = lock::with_redis(py, Context::exact_key_count)
        {
            return Ok(count);
        }
        let mut count = 0;
        while let Some(batch) = self.next_batch(py, Bring::Count)? {
            count += batch.count();
            // Where the watchdog can end it.
            py.check_signals()?;
        }
        Ok(count)
    }

    fn next_batch(&mut self, py: Python<'_>, bring: Bring) -> Result<Option<KeyBatch>, Broken> {
        let pattern = &self.pattern;
        let scan = self.scan.get_or_insert_with(|| {
            KeyScan::begin(Scanner::new(pattern.clone(), bring).by_slot(slot_of))
        });
        let (function, partial) = (&self.function, &mut self.partial);
        let next = scan.next(py, || {
            // What a function reads takes longer to find out than a few records to make.
            if bring == Bring::Count {
                return bring;
            }
            let Reads::Members(members) = function.reads(py) else {
                return bring;
            };
            *partial = Some(PartialRecords::new(members));
            if members.are_of_value() {
                bring
            } else {
                Bring::Names
            }
        });
        next.map_err(|error| {
            let refusal = Refusal::new(format!("the system gives no thread to scan: {error}"));
            CallFailure::from(refusal).into()
        })
    }
}
