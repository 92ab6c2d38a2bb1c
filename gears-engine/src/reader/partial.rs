//! Records that hold no more than what a function reads of them.

use gears_server::ValueView;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::plan::Members;
use crate::python::convert;

/// Makes records of keys for a function that asks for these members by name, and lets nobody see
/// the record behind it.
pub(super) struct PartialRecords {
    members: Members,
    /// The last one, which is the next one too unless somebody has kept it.
    last: Option<Py<PyDict>>,
}

impl PartialRecords {
    pub(super) fn new(members: Members) -> Self {
        Self {
            members,
            last: None,
        }
    }

    /// Makes the record of a key. Each sets all that the last one has: what is wanted, and the
    /// value where values are read.
    pub(super) fn record<'py>(
        &mut self,
        py: Python<'py>,
        name: &[u8],
        value: Option<&ValueView<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let record = match &self.last {
            Some(last) if is_ours_alone(last) => last.bind(py).clone(),
            _ => {
                let record = PyDict::new(py);
                if self.members.event {
                    record.set_item(pyo3::intern!(py, "event"), py.None())?;
                }
                self.last = Some(record.clone().unbind());
                record
            }
        };
        if self.members.key {
            let name = convert::text_or_bytes(py, name)?;
            record.set_item(pyo3::intern!(py, "key"), name)?;
        }
        if let Some(value) = value {
            if self.members.value {
                record.set_item(pyo3::intern!(py, "value"), convert::value(py, value)?)?;
            }
            if self.members.kind {
                record.set_item(pyo3::intern!(py, "type"), value.type_name())?;
            }
        }
        Ok(record.into_any())
    }
}

/// Says whether nobody else has an object.
fn is_ours_alone(record: &Py<PyDict>) -> bool {
    // SAFETY: the pointer is a live object.
    unsafe { ffi::Py_REFCNT(record.as_ptr()) == 1 }
}
