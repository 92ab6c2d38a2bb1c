//! Open gear functions: a reader and steps, to which more can be added.

use std::{fmt, marker::PhantomData, panic::Location, sync::Arc};

use serde::Serialize;

use super::{
    Group, PyFn,
    keyword::{Order, ReaderType},
    raw::RawPython,
    reader::{Keys, Reader},
    role::{
        Accumulator, BatchReducer, Elements, Expander, Extractor, Filterer, Mapper, Processor,
        Python, Reducer,
    },
    step::{Step, Steps, Zero},
};
use crate::literal;

/// A gear function that is still open: a reader and the steps that its records take.
///
/// `T` is what the records are at the end of the steps, `R` where they come from. Every method
/// returns a new function and leaves this one as it is, so that one can be the beginning of
/// several others; a copy is cheap. [`run`](Self::run) and [`register`](Self::register) close a
/// function: what they return can be sent to a server, and takes no more steps.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded, function::{GearFunction, KeysReader}, py, redis};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("MSET").arg(&["a", "1", "b", "20"]).exec(&mut connection).unwrap();
///
/// let numbers = KeysReader::new("*").values().map(py!("int"));
/// let count: GearFunction<i64> = numbers.count();
/// let large = numbers.filter(py!("lambda n: n > least", least = 10)).count();
/// assert_eq!(count.run().on(&gears)?.into_one()?, 2);
/// assert_eq!(large.run().on(&gears)?.into_one()?, 1);
/// # Ok(())
/// # }
/// ```
pub struct GearFunction<T, R = Keys> {
    pub(crate) origin: Arc<Origin>,
    pub(crate) steps: Steps,
    marker: PhantomData<fn() -> (T, R)>,
}

/// Where the records come from, and what is said about the function.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) reader: ReaderType,
    /// What `run` reads unless told otherwise.
    pub(crate) argument: Argument,
    pub(crate) description: Option<String>,
    pub(crate) requirements: Vec<String>,
    /// Where in the Rust source the function began.
    pub(crate) place: &'static Location<'static>,
}

/// What a reader is given to read.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    None,
    Text(String),
    Code(super::callback::Code),
}

impl<T, R: Reader> GearFunction<T, R> {
    #[track_caller]
    pub(crate) fn begin(argument: Argument) -> Self {
        Self {
            origin: Arc::new(Origin {
                reader: R::TYPE,
                argument,
                description: None,
                requirements: Vec::new(),
                place: Location::caller(),
            }),
            steps: Steps::default(),
            marker: PhantomData,
        }
    }
}

impl<T, R> GearFunction<T, R> {
    /// Returns this function and one more step, which the caller's caller adds.
    #[track_caller]
    pub(crate) fn and<U>(&self, step: Step) -> GearFunction<U, R> {
        GearFunction {
            origin: Arc::clone(&self.origin),
            steps: self.steps.and(step, Location::caller()),
            marker: PhantomData,
        }
    }

    /// Returns which reader the records come from.
    pub fn reader_type(&self) -> ReaderType {
        self.origin.reader
    }

    /// Describes the function, for whoever lists the registrations of a server.
    #[must_use]
    pub fn description(&self, description: impl Into<String>) -> Self {
        let mut function = self.clone();
        Arc::make_mut(&mut function.origin).description = Some(description.into());
        function
    }

    /// Adds Python packages that the server installs first, as pip spells them.
    ///
    /// Packages that one step alone needs are better told with it:
    /// [`PyFn::requirements`], or `requirements = […]` of [`#[gear_fn]`](crate::gear_fn).
    #[must_use]
    pub fn requirements<S: Into<String>>(&self, requirements: impl IntoIterator<Item = S>) -> Self {
        let mut function = self.clone();
        Arc::make_mut(&mut function.origin)
            .requirements
            .extend(requirements.into_iter().map(Into::into));
        function
    }

    /// Declares what the records are.
    ///
    /// Nothing happens on the server: a record that does not fit is a decode error when it comes.
    #[must_use]
    pub fn declare<U>(&self) -> GearFunction<U, R> {
        GearFunction {
            origin: Arc::clone(&self.origin),
            steps: self.steps.clone(),
            marker: PhantomData,
        }
    }

    /// Makes another value of each record.
    #[must_use]
    #[track_caller]
    pub fn map<F: Mapper>(&self, mapper: F) -> GearFunction<F::Output, R> {
        self.and(Step::Map(mapper.into_code()))
    }

    /// Makes several records of each, in their order.
    ///
    /// The expander returns a list, or anything that Python can iterate over. Text, bytes,
    /// dicts and what cannot be iterated over pass as one record.
    #[must_use]
    #[track_caller]
    pub fn flat_map<F>(&self, expander: F) -> GearFunction<<F::Output as Elements>::Element, R>
    where
        F: Expander,
        F::Output: Elements,
    {
        self.and(Step::FlatMap(expander.into_code()))
    }

    /// Does something with each record, and passes it on.
    #[must_use]
    #[track_caller]
    pub fn for_each<F: Processor>(&self, processor: F) -> Self {
        self.and(Step::ForEach(processor.into_code()))
    }

    /// Keeps the records for which the filterer says yes.
    #[must_use]
    #[track_caller]
    pub fn filter<F: Filterer>(&self, filterer: F) -> Self {
        self.and(Step::Filter(filterer.into_code()))
    }

    /// Takes the records of each shard into one total, which begins as `None`.
    ///
    /// A shard without records has no total.
    #[must_use]
    #[track_caller]
    pub fn accumulate<F: Accumulator>(&self, accumulator: F) -> GearFunction<F::Output, R> {
        self.and(Step::Accumulate(accumulator.into_code()))
    }

    /// Takes the records of each shard into one total for each key, which begins as `None`.
    #[must_use]
    #[track_caller]
    pub fn local_group_by<F: Reducer>(
        &self,
        extractor: impl Extractor,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::LocalGroupBy(extractor, reducer.into_code()))
    }

    /// Keeps the first `count` records, of all shards together.
    ///
    /// See [`limit_per_shard`](Self::limit_per_shard) for what RedisGears calls `limit`.
    #[must_use]
    #[track_caller]
    pub fn limit(&self, count: usize) -> Self {
        self.limit_from(0, count)
    }

    /// Leaves out the first `start` records and keeps the next `count`, of all shards together.
    #[must_use]
    #[track_caller]
    pub fn limit_from(&self, start: usize, count: usize) -> Self {
        self.and(Step::Limit {
            start,
            count,
            per_shard: false,
        })
    }

    /// Keeps the first `count` records of each shard, or of each event.
    #[must_use]
    #[track_caller]
    pub fn limit_per_shard(&self, count: usize) -> Self {
        self.and(Step::Limit {
            start: 0,
            count,
            per_shard: true,
        })
    }

    /// Brings the records of all shards together on the one that began.
    #[must_use]
    #[track_caller]
    pub fn collect(&self) -> Self {
        self.and(Step::Collect)
    }

    /// Moves each record to the shard that holds the key which the extractor returns.
    #[must_use]
    #[track_caller]
    pub fn repartition(&self, extractor: impl Extractor) -> Self {
        self.and(Step::Repartition(extractor.into_code()))
    }

    /// Takes all records into one total: first on each shard, then the shards' totals.
    ///
    /// Both totals begin as a copy of `zero`, which may be any value of serde's, or Python
    /// such as `py!("set()")`. Without records there is no total.
    #[must_use]
    #[track_caller]
    pub fn aggregate<F: Accumulator>(
        &self,
        zero: impl StartValue,
        accumulator: F,
        combiner: impl Accumulator,
    ) -> GearFunction<F::Output, R> {
        self.and(Step::Aggregate(
            zero.into_zero().0,
            accumulator.into_code(),
            combiner.into_code(),
        ))
    }

    /// Takes all records into one total for each key: first on each shard, then the shards' totals.
    ///
    /// As [`aggregate`](Self::aggregate), for each key that the extractor returns.
    #[must_use]
    #[track_caller]
    pub fn aggregate_by<F: Reducer>(
        &self,
        extractor: impl Extractor,
        zero: impl StartValue,
        reducer: F,
        combiner: impl Reducer,
    ) -> GearFunction<Group<F::Output>, R> {
        self.and(Step::AggregateBy(
            extractor.into_code(),
            zero.into_zero().0,
            reducer.into_code(),
            combiner.into_code(),
        ))
    }

    /// Takes the records into one total for each key, which begins as `None`.
    ///
    /// The records of a key come together on one shard first.
    #[must_use]
    #[track_caller]
    pub fn group_by<F: Reducer>(
        &self,
        extractor: impl Extractor,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::GroupBy(extractor, reducer.into_code()))
    }

    /// Makes one value of all records with the same key.
    ///
    /// The reducer gets them as one list, which has to fit into memory:
    /// [`group_by`](Self::group_by) needs less.
    #[must_use]
    #[track_caller]
    pub fn batch_group_by<F: BatchReducer>(
        &self,
        extractor: impl Extractor,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::BatchGroupBy(extractor, reducer.into_code()))
    }

    /// Sorts the records of all shards.
    #[must_use]
    #[track_caller]
    pub fn sort(&self, order: Order) -> Self {
        self.and(Step::Sort(order, None))
    }

    /// Sorts the records of all shards by what the extractor returns; equal ones keep their order.
    #[must_use]
    #[track_caller]
    pub fn sort_by(&self, order: Order, extractor: impl Extractor) -> Self {
        self.and(Step::Sort(order, Some(extractor.into_code())))
    }

    /// Keeps one of each records that are equal, in no particular order.
    ///
    /// Records have to be hashable: lists and dicts are not.
    #[must_use]
    #[track_caller]
    pub fn distinct(&self) -> Self {
        self.and(Step::Distinct)
    }

    /// Counts the records: 0 when there are none.
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> GearFunction<i64, R> {
        self.and(Step::Count)
    }

    /// Counts the records with each key that the extractor returns.
    #[must_use]
    #[track_caller]
    pub fn count_by(&self, extractor: impl Extractor) -> GearFunction<Group<i64>, R> {
        self.and(Step::CountBy(Some(extractor.into_code())))
    }

    /// Counts how often each record is there.
    #[must_use]
    #[track_caller]
    pub fn count_each(&self) -> GearFunction<Group<i64>, R> {
        self.and(Step::CountBy(None))
    }

    /// Averages the numbers that the extractor returns; without records there is no average.
    #[must_use]
    #[track_caller]
    pub fn avg(&self, extractor: impl Extractor) -> GearFunction<f64, R> {
        self.and(Step::Avg(Some(extractor.into_code())))
    }

    /// Averages the records, made into floats; without records there is no average.
    #[must_use]
    #[track_caller]
    pub fn mean(&self) -> GearFunction<f64, R> {
        self.and(Step::Avg(None))
    }
}

impl<T, R> Clone for GearFunction<T, R> {
    fn clone(&self) -> Self {
        self.declare()
    }
}

impl<T, R> fmt::Debug for GearFunction<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GearFunction")
            .field("origin", &self.origin)
            .field("steps", &self.steps.to_vec())
            .finish_non_exhaustive()
    }
}

/// What a total can begin with: any value of serde's, or Python.
#[diagnostic::on_unimplemented(
    message = "a total cannot begin with `{Self}`",
    label = "this has no Python form",
    note = "any type that implements `serde::Serialize` can, and `py!(\"…\")`"
)]
pub trait StartValue {
    #[doc(hidden)]
    fn into_zero(self) -> Start;
}

/// Keeps the form of a start value to this crate.
#[doc(hidden)]
#[derive(Debug)]
pub struct Start(pub(crate) Zero);

#[diagnostic::do_not_recommend]
impl<T: Serialize> StartValue for T {
    fn into_zero(self) -> Start {
        let literal = literal::value(&self).map_err(|error| error.to_string());
        Start(Zero::Literal(literal))
    }
}

impl<A, U> StartValue for PyFn<A, U> {
    fn into_zero(self) -> Start {
        Start(Zero::Code(Python::into_code(self)))
    }
}

impl StartValue for RawPython {
    fn into_zero(self) -> Start {
        Start(Zero::Code(Python::into_code(self)))
    }
}
