//! What a step calls for a record.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use crate::python::failure;
use crate::python::inside::Inside;

/// A Python function, or one of the fixed functions behind builder shortcuts.
pub(crate) enum Callback {
    Python(Py<PyAny>),
    Native(Native),
}

/// A function that the builder's shortcuts need and that no script passes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Native {
    /// Returns the record.
    Identity,
    /// Makes text of the record: the hidden step of `convertToStr`.
    Text,
    /// Returns the record's `key`, which a group before put there.
    GroupKey,
    /// Makes a float of the record: what `avg` takes by default.
    Number,
    /// Makes `(record, 1)`, the start of an average.
    WithOne,
    /// Divides a `(sum, count)` pair.
    Quotient,
    /// Sorts a list; the flag is what the caller gave as `reverse`.
    Sort { reverse: bool },
    /// Makes a list of a set.
    List,
}

impl Callback {
    /// Calls the function with one argument. What comes back may be a coroutine
    /// or a future.
    pub(crate) fn call<'py>(
        &self,
        py: Python<'py>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Python(function) => {
                let _inside = inside.enter();
                function.bind(py).call1((record,))
            }
            Self::Native(native) => native
                .call(record)
                .map_err(|error| failure::within_shortcut(py, error)),
        }
    }

    /// Makes another handle to the same function.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Python(function) => Self::Python(function.clone_ref(py)),
            Self::Native(native) => Self::Native(*native),
        }
    }

    /// Shows the collector of garbage the function.
    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Python(function) => visit.call(function),
            Self::Native(_) => Ok(()),
        }
    }
}

impl Native {
    fn call<'py>(self, record: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match self {
            Self::Identity => Ok(record),
            Self::Text if record.is_exact_instance_of::<PyString>() => Ok(record),
            Self::Text => Ok(record.str()?.into_any()),
            Self::GroupKey => record.get_item(pyo3::intern!(py, "key")),
            Self::Number => py.get_type::<pyo3::types::PyFloat>().call1((record,)),
            Self::WithOne => Ok((record, 1).into_pyobject(py)?.into_any()),
            Self::Quotient => {
                let (sum, count): (Bound<'py, PyAny>, Bound<'py, PyAny>) = record.extract()?;
                sum.div(count)
            }
            Self::Sort { reverse } => {
                let list = record.cast_into::<PyList>()?;
                list.sort()?;
                if reverse {
                    list.reverse()?;
                }
                Ok(list.into_any())
            }
            Self::List => {
                Ok(PyList::new(py, record.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.into_any())
            }
        }
    }
}
