//! Open gear functions: a reader and steps, to which more can be added.

mod given;
mod plain;
mod property;
mod start;

pub use self::start::StartValue;

use std::{fmt, marker::PhantomData, panic::Location, sync::Arc};

use super::{
    group_key::GroupKey,
    keyword::Order,
    origin::{Argument, Origin},
    reader::kind::{Keys, Reader},
    record::Group,
    role::{
        Accumulator, BatchReducer, Elements, Expander, Extractor, Filterer, Mapper, Processor,
        Reducer,
    },
    step::{Step, Steps},
};

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
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct GearFunction<T, R = Keys> {
    pub(crate) origin: Arc<Origin>,
    pub(crate) steps: Steps,
    marker: PhantomData<fn() -> (T, R)>,
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

// Steps that take Python stand with their type, as compilers name them when a callback does not fit:
// from another module they would be `open::steps::<impl GearFunction<T, R>>::map`.
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

    /// Declares what the records are.
    ///
    /// Nothing happens on the server: a record that does not fit is a decode error when it comes.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let ages = PythonReader::new(py!("lambda: [('ada', 36), ('bob', 7)]"));
    /// let ages = ages.declare::<(String, u8)>().run().on(&gears)?.into_results();
    /// assert_eq!(ages[0], ("ada".to_owned(), 36));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn declare<U>(&self) -> GearFunction<U, R> {
        GearFunction {
            origin: Arc::clone(&self.origin),
            steps: self.steps.clone(),
            marker: PhantomData,
        }
    }

    /// Makes another value of each record.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let words = PythonReader::new(py!("lambda: ['to', 'be', 'or']"));
    /// let lengths = words.map(py!("lambda word: len(word)").returns::<usize>());
    /// assert_eq!(lengths.run().on(&gears)?.into_results(), [2, 2, 2]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn map<F: Mapper>(&self, mapper: F) -> GearFunction<F::Output, R> {
        self.and(Step::Map(mapper.into_code()))
    }

    /// Makes several records of each, in their order.
    ///
    /// The expander returns a list, or anything that Python can iterate over. Text, bytes,
    /// dicts and what cannot be iterated over pass as one record.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let lines = PythonReader::new(py!("lambda: ['to be', 'or not']"));
    /// let words = lines.flat_map(py!("lambda line: line.split()").returns::<Vec<String>>());
    /// assert_eq!(words.run().on(&gears)?.into_results(), ["to", "be", "or", "not"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let names = PythonReader::new(py!("lambda: ['ada', 'bob']")).declare::<String>();
    /// let greeted = names.for_each(py!("lambda name: cmd.set('greeted:' + name, 1)"));
    /// assert_eq!(greeted.run().on(&gears)?.into_results(), ["ada", "bob"]);
    /// let exists: bool = redis::cmd("EXISTS").arg("greeted:bob").query(&mut connection).unwrap();
    /// assert!(exists);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn for_each<F: Processor>(&self, processor: F) -> Self {
        self.and(Step::ForEach(processor.into_code()))
    }

    /// Keeps the records for which the filterer says yes.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: range(10)")).declare::<i64>();
    /// let large = numbers.filter(py!("lambda number: number > 7"));
    /// assert_eq!(large.run().on(&gears)?.into_results(), [8, 9]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn filter<F: Filterer>(&self, filterer: F) -> Self {
        self.and(Step::Filter(filterer.into_code()))
    }

    /// Takes the records of each shard into one total, which begins as `None`.
    ///
    /// A shard without records has no total.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let add = py!("lambda total, number: (total or 0) + number").returns::<i64>();
    /// let totals = PythonReader::new(py!("lambda: [1, 2, 3]")).accumulate(add);
    /// assert_eq!(totals.run().on(&gears)?.into_results(), [6], "one total, as there is one shard");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn accumulate<F: Accumulator>(&self, accumulator: F) -> GearFunction<F::Output, R> {
        self.and(Step::Accumulate(accumulator.into_code()))
    }

    /// Takes the records of each shard into one total for each key, which begins as `None`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let words = PythonReader::new(py!("lambda: ['to', 'be', 'not']"));
    /// let join = py!("lambda _length, joined, word: (joined or '') + word").returns::<String>();
    /// let joined = words.local_group_by(py!("lambda word: 'of %d' % len(word)"), join);
    /// let joined: BTreeMap<_, _> = joined.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(joined["of 2"], "tobe");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn local_group_by<F: Reducer>(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::LocalGroupBy(extractor, reducer.into_code()))
    }

    /// Moves each record to the shard that holds the key which the extractor returns.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// // A shard can write its own keys only, so each name goes to the shard of its key first.
    /// let indexed = PythonReader::new(py!("lambda: ['ada', 'alan', 'bob']"))
    ///     .repartition(py!("lambda name: 'index:' + name[0]"))
    ///     .for_each(py!("lambda name: cmd.sadd('index:' + name[0], name)"));
    /// indexed.run().on(&gears)?;
    /// let count: i64 = redis::cmd("SCARD").arg("index:a").query(&mut connection).unwrap();
    /// assert_eq!(count, 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn repartition(&self, extractor: impl Extractor) -> Self {
        self.and(Step::Repartition(extractor.into_code()))
    }

    /// Takes all records into one total: first on each shard, then the shards' totals.
    ///
    /// Both totals begin as a copy of `zero`, which may be any value of serde's, or Python
    /// such as `py!("set()")`. Without records there is no total.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let letters = PythonReader::new(py!("lambda: ['to', 'be', 'not']")).aggregate(
    ///     0,
    ///     py!("lambda total, word: total + len(word)").returns::<i64>(),
    ///     py!("lambda total, of_shard: total + of_shard"),
    /// );
    /// assert_eq!(letters.run().on(&gears)?.into_one()?, 7);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let sales = PythonReader::new(py!("lambda: [('north', 3), ('south', 2), ('north', 4)]"));
    /// let turnover = sales.aggregate_by(
    ///     py!("lambda sale: sale[0]"),
    ///     0,
    ///     py!("lambda _shop, total, sale: total + sale[1]").returns::<i64>(),
    ///     py!("lambda _shop, total, of_shard: total + of_shard"),
    /// );
    /// let turnover: BTreeMap<_, _> = turnover.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(turnover["north"], 7);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn aggregate_by<F: Reducer>(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let sales = PythonReader::new(py!("lambda: [('north', 3), ('south', 2), ('north', 4)]"));
    /// let best = py!("lambda _shop, best, sale: max(best or 0, sale[1])").returns::<i64>();
    /// let best = sales.group_by(py!("lambda sale: sale[0]"), best);
    /// let best: BTreeMap<String, i64> = best.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(best["north"], 4);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn group_by<F: Reducer>(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::GroupBy(extractor, reducer.into_code()))
    }

    /// Makes one value of all records with the same key.
    ///
    /// The reducer gets them as one list, which has to fit into memory:
    /// [`group_by`](Self::group_by) needs less.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let sales = PythonReader::new(py!("lambda: [('north', 3), ('south', 2), ('north', 4)]"));
    /// let sort = py!("lambda _shop, sales: sorted(sale[1] for sale in sales)").returns::<Vec<i64>>();
    /// let sorted = sales.batch_group_by(py!("lambda sale: sale[0]"), sort);
    /// let sorted: BTreeMap<_, _> = sorted.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(sorted["north"], [3, 4]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn batch_group_by<F: BatchReducer>(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::BatchGroupBy(extractor, reducer.into_code()))
    }

    /// Sorts the records of all shards by what the extractor returns; equal ones keep their order.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let words = PythonReader::new(py!("lambda: ['be', 'question', 'not']")).declare::<String>();
    /// let longest_first = words.sort_by(Order::Descending, py!("len"));
    /// assert_eq!(longest_first.run().on(&gears)?.into_results(), ["question", "not", "be"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sort_by(&self, order: Order, extractor: impl Extractor) -> Self {
        self.and(Step::Sort(order, Some(extractor.into_code())))
    }

    /// Counts the records with each key that the extractor returns.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let names = PythonReader::new(py!("lambda: ['ada', 'alan', 'bob']"));
    /// let initials = names.count_by(py!("lambda name: name[0]"));
    /// let initials: BTreeMap<_, _> = initials.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(initials["a"], 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn count_by(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
    ) -> GearFunction<Group<i64>, R> {
        self.and(Step::CountBy(Some(extractor.into_code())))
    }

    /// Averages the numbers that the extractor returns; without records there is no average.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let people = PythonReader::new(py!("lambda: [{'age': 36}, {'age': 7}]"));
    /// let age = people.avg(py!("lambda person: person['age']"));
    /// assert_eq!(age.run().on(&gears)?.into_one()?, 21.5);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn avg(&self, extractor: impl Extractor) -> GearFunction<f64, R> {
        self.and(Step::Avg(Some(extractor.into_code())))
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
