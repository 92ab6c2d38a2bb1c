//! Values of keys that are read when a function asks for them.
//!
//! Reading a long list costs far more than a function that only wants to know its name. So
//! where the code of a function tells that nobody else sees its record ([`Reads`](crate::plan::Reads)), the record
//! comes without the value, and reads it when it is asked for it: as it was when the function
//! began, hence before the first command that the function sends.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use gears_server::{CallFailure, KeyValue};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::ground::poison::unpoisoned;
use crate::lock;
use crate::python::{convert, failure};

/// The value of a key, or why there is none.
pub(super) type Read = Arc<Result<KeyValue, CallFailure>>;

/// A key about which something is told, and its value once somebody has read it.
pub(super) struct Subject {
    pub(super) event: String,
    pub(super) name: Vec<u8>,
    read: Mutex<Option<Read>>,
}

impl Subject {
    pub(super) fn new(event: &str, name: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            event: event.to_owned(),
            name: name.to_vec(),
            read: Mutex::default(),
        })
    }

    /// Returns the value, read by this or by whoever has asked before.
    pub(super) fn read(&self, py: Python<'_>) -> Read {
        if let Some(read) = &*unpoisoned(self.read.lock()) {
            return Arc::clone(read);
        }
        let value = lock::with_redis(py, |context| KeyValue::read(context, &self.name));
        let read = Arc::new(value);
        *unpoisoned(self.read.lock()) = Some(Arc::clone(&read));
        read
    }

    /// Notes that the value may be another one by now.
    pub(super) fn forget(&self) {
        *unpoisoned(self.read.lock()) = None;
    }
}

thread_local! {
    /// The key of the function on this thread that may yet ask for the value.
    static MAY_ASK: RefCell<Option<Arc<Subject>>> = const { RefCell::new(None) };
}

/// A function that may ask for the value of a key, as long as it runs.
pub(super) struct MayAsk(Option<Arc<Subject>>);

impl MayAsk {
    pub(super) fn begin(subject: &Arc<Subject>) -> Self {
        Self(MAY_ASK.replace(Some(Arc::clone(subject))))
    }
}

impl Drop for MayAsk {
    fn drop(&mut self) {
        MAY_ASK.set(self.0.take());
    }
}

/// Reads the value that the running function may yet ask for, as it is about to send a command.
pub(crate) fn settle(py: Python<'_>) {
    if let Some(subject) = MAY_ASK.take() {
        subject.read(py);
    }
}

/// The record of an event that reads the value of its key when it is asked for it.
#[pyclass(extends = PyDict, module = "redisgears")]
pub(crate) struct UnreadRecord {
    subject: Arc<Subject>,
}

#[pymethods]
impl UnreadRecord {
    fn __missing__<'py>(
        record: &Bound<'py, Self>,
        name: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let is_of_value = |name: &Bound<'_, PyString>| name == "value" || name == "type";
        if !name.cast::<PyString>().is_ok_and(is_of_value) {
            return Err(PyKeyError::new_err(name.unbind()));
        }
        fill(record)?;
        let members = record.cast::<PyDict>()?;
        members
            .get_item(&name)?
            .ok_or_else(|| PyKeyError::new_err(name.unbind()))
    }
}

/// Makes the record of an event without the value of its key.
pub(super) fn record(py: Python<'_>, subject: &Arc<Subject>, event: &str) -> PyResult<Py<PyAny>> {
    let unread = UnreadRecord {
        subject: Arc::clone(subject),
    };
    let record = Bound::new(py, unread)?;
    convert::name_key(record.cast::<PyDict>()?, &subject.name, Some(event))?;
    Ok(record.into_any().unbind())
}

fn fill(record: &Bound<'_, UnreadRecord>) -> PyResult<()> {
    let py = record.py();
    let subject = Arc::clone(&record.borrow().subject);
    match &*subject.read(py) {
        Ok(value) => convert::add_value(record.cast::<PyDict>()?, value),
        Err(failed) => Err(failure::misuse(&failed.message)),
    }
}
