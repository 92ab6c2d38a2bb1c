//! `GearsBuilder`: how scripts describe functions (spec sections 4 and 5).

use gears_model::plan::{Callback, Fold, KeyedFold, Native, Plan, Step};
use gears_model::{hint, nearest};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::described::{Described, is_function};
use super::passed::{Passed, Truth};
use super::{register, run};
use crate::code::owner;
use crate::plan::Callbacks;
use crate::python::failure;
use crate::reader::ReaderKind;

/// A reader and the steps after it; every operation adds steps to it.
#[pyclass(name = "GearsBuilder", module = "redisgears")]
pub(super) struct GearsBuilder(Described);

/// Says what an operation got wrong, in RedisGears' words.
fn must_be_a_function(operation: &str) -> PyErr {
    failure::misuse(&format!("{operation} argument must be a function"))
}

/// Takes no arguments, as a Python method that has none but `self`.
fn takes_nothing(shortcut: &str, arguments: &Bound<'_, PyTuple>) -> PyResult<()> {
    match arguments.len() {
        0 => Ok(()),
        count => Err(PyTypeError::new_err(format!(
            "{shortcut}() takes 1 positional argument but {} were given",
            count + 1
        ))),
    }
}

/// Takes exactly `N` arguments.
fn exactly<'py, const N: usize>(
    operation: &str,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<[Bound<'py, PyAny>; N]> {
    arguments
        .iter()
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| failure::misuse(&format!("wrong number of args to {operation} function")))
}

fn function(operation: &str, value: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    if is_function(&value) {
        Ok(value.unbind())
    } else {
        Err(must_be_a_function(operation))
    }
}

fn number(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    if value.is_instance_of::<PyInt>() {
        value.extract()
    } else {
        Err(failure::misuse("limit argument must be a number"))
    }
}

impl GearsBuilder {
    /// Adds steps, whose callbacks go into the list that `steps` gets.
    fn add<'py, S>(
        slf: &Bound<'py, Self>,
        steps: impl FnOnce(&mut Callbacks) -> S,
    ) -> Bound<'py, Self>
    where
        S: IntoIterator<Item = Step>,
    {
        let described = &mut slf.borrow_mut().0;
        let steps = steps(&mut described.callbacks);
        described.plan.extend(steps);
        slf.clone()
    }

    /// Adds a step that calls a function which a script gave to `operation`.
    fn add_one<'py>(
        slf: &Bound<'py, Self>,
        operation: &str,
        arguments: &Bound<'py, PyTuple>,
        step: impl FnOnce(Callback) -> Step,
    ) -> PyResult<Bound<'py, Self>> {
        let [f] = exactly(operation, arguments)?;
        let f = function(operation, f)?;
        Ok(Self::add(slf, |list| [step(list.script(f))]))
    }
}

#[pymethods]
impl GearsBuilder {
    /// A builder in a global of its script holds functions that hold the script.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0.default_argument)?;
        self.0.callbacks.visit(&visit)
    }

    fn __clear__(&mut self) {
        let argument =
            Python::attach(|py| std::mem::replace(&mut self.0.default_argument, py.None()));
        self.0.plan.clear();
        let callbacks = std::mem::take(&mut self.0.callbacks);
        drop((argument, callbacks));
    }

    #[new]
    #[pyo3(signature = (reader = Passed::ABSENT, defaultArg = Passed::ABSENT, desc = None))]
    #[expect(non_snake_case, reason = "scripts name the arguments so")]
    fn new(
        py: Python<'_>,
        reader: Passed<'_>,
        defaultArg: Passed<'_>,
        desc: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        owner::here()?;
        let reader = match reader.value() {
            None => ReaderKind::Keys,
            Some(name) => {
                let name = name
                    .cast_into::<PyString>()
                    .map_err(|_| failure::misuse("reader argument must be a string"))?;
                let name = name.to_string_lossy();
                ReaderKind::parse(&name).ok_or_else(|| {
                    let meant = nearest(&name, ReaderKind::ALL.map(ReaderKind::name));
                    failure::misuse(&format!(
                        "The given reader does not exists: '{name}'{}",
                        hint(meant)
                    ))
                })?
            }
        };
        let description = match desc {
            Some(desc) if !desc.is_none() => Some(
                desc.cast_into::<PyString>()
                    .map_err(|_| failure::misuse("desc argument must be a string"))?
                    .to_string_lossy()
                    .into_owned(),
            ),
            _ => None,
        };
        let default_argument = match defaultArg.value() {
            Some(argument) => argument.unbind(),
            None => PyString::new(py, "*").into_any().unbind(),
        };
        Ok(Self(Described {
            reader,
            default_argument,
            description,
            plan: Plan::new(),
            callbacks: Callbacks::default(),
        }))
    }

    #[pyo3(signature = (*arguments))]
    fn map<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::add_one(slf, "map", arguments, Step::Map)
    }

    #[pyo3(signature = (*arguments))]
    fn filter<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::add_one(slf, "filter", arguments, Step::Filter)
    }

    #[pyo3(signature = (*arguments))]
    fn flatmap<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::add_one(slf, "flatmap", arguments, Step::FlatMap)
    }

    #[pyo3(signature = (*arguments))]
    fn foreach<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::add_one(slf, "foreach", arguments, Step::ForEach)
    }

    #[pyo3(signature = (*arguments))]
    fn limit<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        if arguments.is_empty() || arguments.len() > 2 {
            return Err(failure::misuse("wrong number of args to limit function"));
        }
        let count = number(&arguments.get_item(0)?)?;
        let start = match arguments.get_item(1) {
            Ok(start) => number(&start)?,
            Err(_) => 0,
        };
        Ok(Self::add(slf, |_| [Step::Limit { start, count }]))
    }

    #[pyo3(signature = (*arguments))]
    fn accumulate<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        let [f] = exactly("accumulate", arguments)?;
        let f = function("accumulate", f)?;
        Ok(Self::add(slf, |list| {
            [Step::Accumulate(Fold::Script(list.add(f)))]
        }))
    }

    #[pyo3(signature = (*_arguments))]
    fn collect<'py>(slf: &Bound<'py, Self>, _arguments: &Bound<'py, PyTuple>) -> Bound<'py, Self> {
        Self::add(slf, |_| [Step::Collect])
    }

    #[pyo3(signature = (*arguments))]
    fn repartition<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::add_one(slf, "repartition", arguments, |extractor| {
            Step::Repartition { extractor }
        })
    }

    // The functions of `aggregate`, `aggregateby` and `countby` are called by
    // functions of RedisGears' own, so anything goes, and what cannot be called
    // fails at the first record.
    #[pyo3(signature = (zero, seqOp, combOp))]
    #[expect(non_snake_case, reason = "scripts name the arguments so")]
    fn aggregate<'py>(
        slf: &Bound<'py, Self>,
        zero: Py<PyAny>,
        seqOp: Py<PyAny>,
        combOp: Py<PyAny>,
    ) -> Bound<'py, Self> {
        Self::add(slf, |list| {
            let [zero, first, second] = [zero, seqOp, combOp].map(|value| list.add(value));
            let fold = |function| Fold::Aggregate { zero, function };
            across(fold(first), fold(second))
        })
    }

    #[pyo3(signature = (*arguments))]
    fn count<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        takes_nothing("count", arguments)?;
        Ok(Self::add(slf, |_| across(Fold::Count, Fold::Sum)))
    }

    #[pyo3(signature = (extractor = None))]
    fn avg<'py>(
        slf: &Bound<'py, Self>,
        extractor: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let extractor = extractor.map(|extractor| function("map", extractor));
        let extractor = extractor.transpose()?;
        Ok(Self::add(slf, |list| {
            let extractor = match extractor {
                Some(extractor) => list.script(extractor),
                None => Callback::Native(Native::Number),
            };
            let [on_shard, collect, together] = across(Fold::SumPairs, Fold::SumPairs);
            [
                Step::Map(extractor),
                Step::Map(Callback::Native(Native::WithOne)),
                on_shard,
                collect,
                together,
                Step::Map(Callback::Native(Native::Quotient)),
            ]
        }))
    }

    #[pyo3(signature = (reverse = Passed::ABSENT))]
    fn sort<'py>(slf: &Bound<'py, Self>, reverse: Passed<'py>) -> PyResult<Bound<'py, Self>> {
        // As Python's `sorted`: any number will do.
        let reverse = match reverse.value() {
            None => true,
            Some(number) if number.is_instance_of::<PyInt>() => number.is_truthy()?,
            Some(other) => {
                return Err(PyTypeError::new_err(format!(
                    "an integer is required (got type {})",
                    other.get_type().name()?.to_string_lossy()
                )));
            }
        };
        let mut steps = Vec::from(across(Fold::Gather, Fold::Join));
        steps.push(Step::Map(Callback::Native(Native::Sort { reverse })));
        // flatmap gives its list in reverse, so `reverse=True` ascends
        // (spec section 12, 7).
        steps.push(Step::FlatMap(Callback::Native(Native::Identity)));
        Ok(Self::add(slf, |_| steps))
    }

    #[pyo3(signature = (*arguments))]
    fn distinct<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        takes_nothing("distinct", arguments)?;
        let mut steps = Vec::from(across(Fold::Unique, Fold::Union));
        steps.push(Step::FlatMap(Callback::Native(Native::List)));
        Ok(Self::add(slf, |_| steps))
    }

    #[pyo3(signature = (*arguments))]
    fn localgroupby<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::group(slf, arguments, false)
    }

    #[pyo3(signature = (*arguments))]
    fn groupby<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::group(slf, arguments, true)
    }

    #[pyo3(signature = (*arguments))]
    fn batchgroupby<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, Self>> {
        let [extractor, reducer] = exactly("batchgroupby", arguments)?;
        let extractor = function("batchgroupby extractor", extractor)?;
        Ok(Self::add(slf, |list| {
            [Step::BatchGroup {
                extractor: list.script(extractor),
                reducer: list.add(reducer.unbind()),
            }]
        }))
    }

    #[pyo3(signature = (extractor, zero, seqOp, combOp))]
    #[expect(non_snake_case, reason = "scripts name the arguments so")]
    fn aggregateby<'py>(
        slf: &Bound<'py, Self>,
        extractor: Py<PyAny>,
        zero: Py<PyAny>,
        seqOp: Py<PyAny>,
        combOp: Py<PyAny>,
    ) -> Bound<'py, Self> {
        Self::add(slf, |list| {
            let extractor = list.script(extractor);
            let [zero, first, second] = [zero, seqOp, combOp].map(|value| list.add(value));
            let first = KeyedFold::Aggregate {
                zero,
                function: first,
            };
            let second = KeyedFold::Combine {
                zero,
                function: second,
            };
            keyed_across(extractor, first, second)
        })
    }

    #[pyo3(signature = (extractor = None))]
    fn countby<'py>(slf: &Bound<'py, Self>, extractor: Option<Py<PyAny>>) -> Bound<'py, Self> {
        Self::add(slf, |list| {
            let extractor = match extractor {
                Some(extractor) => list.script(extractor),
                None => Callback::Native(Native::Identity),
            };
            keyed_across(extractor, KeyedFold::Count, KeyedFold::SumValues)
        })
    }

    #[pyo3(signature = (arg = None, convertToStr = Truth::YES, collect = Truth::YES, **options))]
    #[expect(non_snake_case, reason = "scripts name the arguments so")]
    fn run<'py>(
        slf: &Bound<'py, Self>,
        arg: Option<Bound<'py, PyAny>>,
        convertToStr: Truth,
        collect: Truth,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::close(slf, convertToStr, collect);
        let run = run::prepare(slf.py(), &slf.borrow().0, arg, options)?;
        run::note(slf.py(), run)
    }

    #[pyo3(signature = (
        prefix = Passed::ABSENT, convertToStr = Truth::YES, collect = Truth::YES, **options
    ))]
    #[expect(non_snake_case, reason = "scripts name the arguments so")]
    fn register(
        slf: &Bound<'_, Self>,
        prefix: Passed<'_>,
        convertToStr: Truth,
        collect: Truth,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        Self::close(slf, convertToStr, collect);
        let draft = register::draft(slf.py(), &slf.borrow().0, prefix.value(), options)?;
        register::note(slf.py(), draft)
    }
}

impl GearsBuilder {
    fn group<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        moves: bool,
    ) -> PyResult<Bound<'py, Self>> {
        let [extractor, reducer] = exactly("groupby", arguments)?;
        let extractor = function("groupby extractor", extractor)?;
        let reducer = function("groupby reducer", reducer)?;
        Ok(Self::add(slf, |list| {
            [Step::Group {
                extractor: list.script(extractor),
                fold: KeyedFold::Script(list.add(reducer)),
                moves,
            }]
        }))
    }

    /// Adds the hidden last steps. They stay: registering the same builder
    /// twice has them twice, as in RedisGears (spec section 5.1).
    fn close(slf: &Bound<'_, Self>, convert_to_str: Truth, collect: Truth) {
        if convert_to_str.holds() {
            Self::add(slf, |_| [Step::Map(Callback::Native(Native::Text))]);
        }
        if collect.holds() {
            Self::add(slf, |_| [Step::Collect]);
        }
    }
}

/// Folds on each shard, brings the parts together and folds those.
fn across(first: Fold, second: Fold) -> [Step; 3] {
    [
        Step::Accumulate(first),
        Step::Collect,
        Step::Accumulate(second),
    ]
}

/// Folds groups on each shard, brings the parts together and folds those.
fn keyed_across(extractor: Callback, first: KeyedFold, second: KeyedFold) -> [Step; 2] {
    [
        Step::Group {
            extractor,
            fold: first,
            moves: false,
        },
        Step::Group {
            extractor: Callback::Native(Native::GroupKey),
            fold: second,
            moves: true,
        },
    ]
}
