//! How accumulating steps make one value of many records.

use gears_model::plan::{Fold, KeyedFold};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySet};

use super::Callbacks;
use crate::python::failure;
use crate::python::inside::Inside;

impl Callbacks {
    /// Takes one more record in; `None` is no accumulator yet. What a script's
    /// function returns may be a coroutine or a future.
    pub(super) fn fold<'py>(
        &self,
        fold: Fold,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        let added = self.folded(fold, accumulator, record, inside);
        match fold {
            Fold::Script(_) => added,
            _ => added.map_err(|error| failure::within_shortcut(py, error)),
        }
    }

    fn folded<'py>(
        &self,
        fold: Fold,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match fold {
            Fold::Script(function) => {
                let accumulator = accumulator.unwrap_or_else(|| py.None().into_bound(py));
                call2(self.at(py, function), accumulator, record, inside)
            }
            Fold::Aggregate { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, self.at(py, zero))?;
                call2(self.at(py, function), accumulator, record, inside)
            }
            Fold::Count => match accumulator {
                None => Ok(1_i64.into_pyobject(py)?.into_any()),
                Some(count) => count.add(1_i64),
            },
            Fold::Sum => match accumulator {
                None => Ok(record),
                Some(sum) => sum.add(record),
            },
            Fold::SumPairs => match accumulator {
                None => Ok(record),
                Some(pair) => {
                    let sum = pair.get_item(0)?.add(record.get_item(0)?)?;
                    let count = pair.get_item(1)?.add(record.get_item(1)?)?;
                    Ok((sum, count).into_pyobject(py)?.into_any())
                }
            },
            Fold::Gather => {
                let list = match accumulator {
                    None => PyList::empty(py),
                    Some(list) => list.cast_into::<PyList>()?,
                };
                list.append(record)?;
                Ok(list.into_any())
            }
            Fold::Join => match accumulator {
                None => Ok(record),
                Some(list) => list.add(record),
            },
            Fold::Unique => {
                let set = match accumulator {
                    None => PySet::empty(py)?,
                    Some(set) => set.cast_into::<PySet>()?,
                };
                set.add(record)?;
                Ok(set.into_any())
            }
            Fold::Union => match accumulator {
                None => Ok(record),
                Some(set) => set.bitor(record),
            },
        }
    }

    /// Takes one more record of the group `key` in.
    pub(super) fn fold_group<'py>(
        &self,
        fold: KeyedFold,
        key: &Bound<'py, PyAny>,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        let added = self.group_folded(fold, key, accumulator, record, inside);
        match fold {
            KeyedFold::Aggregate { .. } | KeyedFold::Combine { .. } => {
                added.map_err(|error| failure::within_shortcut(py, error))
            }
            // Counting adds that itself.
            _ => added,
        }
    }

    fn group_folded<'py>(
        &self,
        fold: KeyedFold,
        key: &Bound<'py, PyAny>,
        accumulator: Option<Bound<'py, PyAny>>,
        record: Bound<'py, PyAny>,
        inside: Inside,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        match fold {
            KeyedFold::Script(function) => {
                let accumulator = accumulator.unwrap_or_else(|| py.None().into_bound(py));
                call3(self.at(py, function), key, accumulator, record, inside)
            }
            KeyedFold::Aggregate { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, self.at(py, zero))?;
                call3(self.at(py, function), key, accumulator, record, inside)
            }
            KeyedFold::Combine { zero, function } => {
                let accumulator = truthy_or_copy(accumulator, self.at(py, zero))?;
                call3(
                    self.at(py, function),
                    key,
                    accumulator,
                    group_value(&record)?,
                    inside,
                )
            }
            KeyedFold::Count => self.fold(Fold::Count, accumulator, record, inside),
            KeyedFold::SumValues => {
                self.fold(Fold::Sum, accumulator, group_value(&record)?, inside)
            }
            KeyedFold::Gather => self.fold(Fold::Gather, accumulator, record, inside),
        }
    }
}

fn group_value<'py>(record: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    record.get_item(pyo3::intern!(record.py(), "value"))
}

/// Replaces a falsy accumulator by a copy of `zero` (spec section 12, 11).
fn truthy_or_copy<'py>(
    accumulator: Option<Bound<'py, PyAny>>,
    zero: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(accumulator) = accumulator
        && accumulator.is_truthy()?
    {
        return Ok(accumulator);
    }
    zero.py().import("copy")?.call_method1("deepcopy", (zero,))
}

fn call2<'py>(
    function: &Bound<'py, PyAny>,
    accumulator: Bound<'py, PyAny>,
    record: Bound<'py, PyAny>,
    inside: Inside,
) -> PyResult<Bound<'py, PyAny>> {
    let _inside = inside.enter();
    function.call1((accumulator, record))
}

fn call3<'py>(
    function: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    accumulator: Bound<'py, PyAny>,
    record: Bound<'py, PyAny>,
    inside: Inside,
) -> PyResult<Bound<'py, PyAny>> {
    let _inside = inside.enter();
    function.call1((key, accumulator, record))
}
