//! How accumulating steps make one value of many records.

use pyo3::prelude::*;
use pyo3::types::{PyList, PySet};
use pyo3::{PyTraverseError, PyVisit};

use crate::python::failure;
use crate::python::inside::Inside;

/// Folds all records into one accumulator.
pub(crate) enum Fold {
    /// `f(a, r)`; `a` is `None` for the first record.
    Python(Py<PyAny>),
    /// `f(a, r)`; a copy of `zero` stands in for every falsy `a`.
    Aggregate {
        zero: Py<PyAny>,
        function: Py<PyAny>,
    },
    /// Counts records.
    Count,
    /// Adds numbers up.
    Sum,
    /// Adds pairs up, member by member.
    SumPairs,
    /// Gathers records in a list.
    Gather,
    /// Joins lists.
    Join,
    /// Gathers records in a set.
    Unique,
    /// Joins sets.
    Union,
}

/// Folds the records of one group into one accumulator.
pub(crate) enum KeyedFold {
    /// `f(k, a, r)`; `a` is `None` for the first record.
    Python(Py<PyAny>),
    /// `f(k, a, r)`; a copy of `zero` stands in for every falsy `a`.
    Aggregate {
        zero: Py<PyAny>,
        function: Py<PyAny>,
    },
    /// As `Aggregate`, over the `value` of records that a group before made.
    Combine {
        zero: Py<PyAny>,
        function: Py<PyAny>,
    },
    /// Counts records.
    Count,
    /// Adds up the `value` of records that a group before made.
    SumValues,
    /// Gathers records in a list, for `batchgroupby`.
    Gather,
}

impl Fold {
    /// Shows the collector of garbage what the fold holds.
    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Python(function) => visit.call(function),
            Self::Aggregate { zero, function } => {
                visit.call(zero)?;
                visit.call(function)
            }
            _ => Ok(()),
        }
    }

    /// Takes one more record in; `None` is no accumulator yet. What a script's
    /// function returns may be a coroutine or a future.
    pub(crate) fn add<'py>(
        &self,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        let added = self.added(accumulator, record, inside);
        match self {
            Self::Python(_) => added,
            _ => added.map_err(|error| failure::within_shortcut(py, error)),
        }
    }

    fn added<'py>(
        &self,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match self {
            Self::Python(function) => {
                let accumulator = accumulator.unwrap_or_else(|| py.None().into_bound(py));
                call2(function, accumulator, record, inside)
            }
            Self::Aggregate { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, zero, py)?;
                call2(function, accumulator, record, inside)
            }
            Self::Count => match accumulator {
                None => Ok(1_i64.into_pyobject(py)?.into_any()),
                Some(count) => count.add(1_i64),
            },
            Self::Sum => match accumulator {
                None => Ok(record),
                Some(sum) => sum.add(record),
            },
            Self::SumPairs => match accumulator {
                None => Ok(record),
                Some(pair) => {
                    let sum = pair.get_item(0)?.add(record.get_item(0)?)?;
                    let count = pair.get_item(1)?.add(record.get_item(1)?)?;
                    Ok((sum, count).into_pyobject(py)?.into_any())
                }
            },
            Self::Gather => {
                let list = match accumulator {
                    None => PyList::empty(py),
                    Some(list) => list.cast_into::<PyList>()?,
                };
                list.append(record)?;
                Ok(list.into_any())
            }
            Self::Join => match accumulator {
                None => Ok(record),
                Some(list) => list.add(record),
            },
            Self::Unique => {
                let set = match accumulator {
                    None => PySet::empty(py)?,
                    Some(set) => set.cast_into::<PySet>()?,
                };
                set.add(record)?;
                Ok(set.into_any())
            }
            Self::Union => match accumulator {
                None => Ok(record),
                Some(set) => set.bitor(record),
            },
        }
    }

    /// Makes another handle to the same functions.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Python(function) => Self::Python(function.clone_ref(py)),
            Self::Aggregate { zero, function } => Self::Aggregate {
                zero: zero.clone_ref(py),
                function: function.clone_ref(py),
            },
            Self::Count => Self::Count,
            Self::Sum => Self::Sum,
            Self::SumPairs => Self::SumPairs,
            Self::Gather => Self::Gather,
            Self::Join => Self::Join,
            Self::Unique => Self::Unique,
            Self::Union => Self::Union,
        }
    }
}

impl KeyedFold {
    /// Shows the collector of garbage what the fold holds.
    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Python(function) => visit.call(function),
            Self::Aggregate { zero, function } | Self::Combine { zero, function } => {
                visit.call(zero)?;
                visit.call(function)
            }
            _ => Ok(()),
        }
    }

    /// Takes one more record of the group `key` in.
    pub(crate) fn add<'py>(
        &self,
        key: &Bound<'py, PyAny>,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        let added = self.added(key, accumulator, record, inside);
        match self {
            Self::Aggregate { .. } | Self::Combine { .. } => {
                added.map_err(|error| failure::within_shortcut(py, error))
            }
            // Counting adds that itself.
            _ => added,
        }
    }

    /// Says whether the extractor before is called by a function of RedisGears'
    /// own.
    pub(super) fn is_shortcut(&self) -> bool {
        matches!(self, Self::Aggregate { .. } | Self::Count)
    }

    fn added<'py>(
        &self,
        key: &Bound<'py, PyAny>,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match self {
            Self::Python(function) => {
                let accumulator = accumulator.unwrap_or_else(|| py.None().into_bound(py));
                call3(function, key, accumulator, record, inside)
            }
            Self::Aggregate { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, zero, py)?;
                call3(function, key, accumulator, record, inside)
            }
            Self::Combine { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, zero, py)?;
                call3(function, key, accumulator, group_value(&record)?, inside)
            }
            Self::Count => Fold::Count.add(accumulator, record, inside),
            Self::SumValues => Fold::Sum.add(accumulator, group_value(&record)?, inside),
            Self::Gather => Fold::Gather.add(accumulator, record, inside),
        }
    }

    /// Makes another handle to the same functions.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Python(function) => Self::Python(function.clone_ref(py)),
            Self::Aggregate { zero, function } => Self::Aggregate {
                zero: zero.clone_ref(py),
                function: function.clone_ref(py),
            },
            Self::Combine { zero, function } => Self::Combine {
                zero: zero.clone_ref(py),
                function: function.clone_ref(py),
            },
            Self::Count => Self::Count,
            Self::SumValues => Self::SumValues,
            Self::Gather => Self::Gather,
        }
    }
}

fn group_value<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    record.get_item(pyo3::intern!(record.py(), "value"))
}

/// Replaces a falsy accumulator by a copy of `zero` (spec section 12, 11).
fn truthy_or_copy<'py>(
    accumulator: Option<Bound<'py, PyAny>>,
    zero: &Py<PyAny>,
    py: Python<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(accumulator) = accumulator
        && accumulator.is_truthy()?
    {
        return Ok(accumulator);
    }
    py.import("copy")?.call_method1("deepcopy", (zero,))
}

fn call2<'py>(
    function: &Py<PyAny>,
    accumulator: Bound<'py, PyAny>,
    record: Bound<'py, PyAny>,
    inside: Inside,
) -> PyResult<Bound<'py, PyAny>> {
    let function = function.bind(record.py());
    let _inside = inside.enter();
    function.call1((accumulator, record))
}

fn call3<'py>(
    function: &Py<PyAny>,
    key: &Bound<'py, PyAny>,
    accumulator: Bound<'py, PyAny>,
    record: Bound<'py, PyAny>,
    inside: Inside,
) -> PyResult<Bound<'py, PyAny>> {
    let function = function.bind(record.py());
    let _inside = inside.enter();
    function.call1((key, accumulator, record))
}
