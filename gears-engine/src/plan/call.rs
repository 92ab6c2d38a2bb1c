//! Calling a callback for a record.

use gears_model::plan::{Callback, Native};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::Callbacks;
use super::state::group_key;
use crate::config::config;
use crate::python::failure;
use crate::python::inside::Inside;

impl Callbacks {
    /// Finds the key of a record, as text: by it, records go to shards.
    ///
    /// # Errors
    ///
    /// What the callback raises, and that keys are no coroutines.
    pub(crate) fn key_of(&self, extractor: Callback, record: Bound<'_, PyAny>) -> PyResult<String> {
        let key = self.call(extractor, record, Inside::Extractor)?;
        Ok(group_key(key)?.to_string_lossy().into_owned())
    }

    /// Does what [`call`](Self::call) does, by a shorter way for functions that say by which types they convert;
    /// `is_last` says that no step comes behind it that does anything.
    pub(super) fn call_by_types<'py>(
        &self,
        callback: Callback,
        record: Bound<'py, PyAny>,
        inside: Inside,
        is_last: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        if let Callback::Script(id) = callback
            && let Some(typed) = self.typed(py, id)
            // A profile shows each function that a script has.
            && !config().profiles_executions()
        {
            return typed.call(self.at(py, id), record, inside, is_last);
        }
        self.call(callback, record, inside)
    }

    /// Calls a function with one argument. What comes back may be a coroutine or a
    /// future.
    pub(super) fn call<'py>(
        &self,
        callback: Callback,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match callback {
            Callback::Script(id) => {
                let _inside = inside.enter();
                self.at(py, id).call1((record,))
            }
            Callback::Native(native) => {
                call_native(native, record).map_err(|error| failure::within_shortcut(py, error))
            }
        }
    }
}

fn call_native<'py>(native: Native, record: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    match native {
        Native::Identity => Ok(record),
        Native::Text if record.is_exact_instance_of::<PyString>() => Ok(record),
        // What functions of events return, mostly.
        Native::Text if record.is_none() => Ok(pyo3::intern!(py, "None").clone().into_any()),
        Native::Text => Ok(record.str()?.into_any()),
        Native::GroupKey => record.get_item(pyo3::intern!(py, "key")),
        Native::Number => py.get_type::<pyo3::types::PyFloat>().call1((record,)),
        Native::WithOne => Ok((record, 1).into_pyobject(py)?.into_any()),
        Native::Quotient => {
            let (sum, count): (Bound<'py, PyAny>, Bound<'py, PyAny>) = record.extract()?;
            sum.div(count)
        }
        Native::Sort { reverse } => {
            let list = record.cast_into::<PyList>()?;
            list.sort()?;
            if reverse {
                list.reverse()?;
            }
            Ok(list.into_any())
        }
        Native::List => {
            Ok(PyList::new(py, record.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.into_any())
        }
    }
}
