//! Open gear functions: a reader and steps, to which more can be added.

mod start;

pub use self::start::StartValue;

use std::{fmt, marker::PhantomData, panic::Location, sync::Arc};

use super::{
    keyword::{Order, ReaderType},
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

// The steps stand with their type: from another module, compilers call them
// `open::steps::<impl GearFunction<T, R>>::map`.
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

    /// Returns the place of the function for people.
    pub(crate) fn place(&self) -> String {
        let place = self.origin.place;
        format!("the gear function of {}:{}", place.file(), place.line())
    }

    /// Returns which reader the records come from.
    pub fn reader_type(&self) -> ReaderType {
        self.origin.reader
    }

    /// Describes the function, for whoever lists the registrations of a server.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// KeysReader::new("account:*").keys().description("Audits accounts.").register().on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert!(registration.description.unwrap().starts_with("Audits accounts."));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn description(&self, description: impl Into<String>) -> Self {
        let mut function = self.clone();
        Arc::make_mut(&mut function.origin).description = Some(description.into());
        function
    }

    /// Adds Python packages that the server installs first, as pip spells them.
    ///
    /// Packages that one step alone needs are better told with it:
    /// [`PyFn::requirements`](super::PyFn::requirements), or `requirements = […]` of [`#[gear_fn]`](crate::gear_fn).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let vectors = KeysReader::new("vector:*").values().requirements(["numpy>=1.26"]);
    /// assert_eq!(vectors.script()?.required(), ["numpy>=1.26"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
        extractor: impl Extractor,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::LocalGroupBy(extractor, reducer.into_code()))
    }

    /// Keeps the first `count` records, of all shards together.
    ///
    /// See [`limit_per_shard`](Self::limit_per_shard) for what RedisGears calls `limit`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let scores = PythonReader::new(py!("lambda: [12, 40, 31]")).declare::<i64>();
    /// let best = scores.sort(Order::Descending).limit(2);
    /// assert_eq!(best.run().on(&gears)?.into_results(), [40, 31]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn limit(&self, count: usize) -> Self {
        self.limit_from(0, count)
    }

    /// Leaves out the first `start` records and keeps the next `count`, of all shards together.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let names = PythonReader::new(py!("lambda: ['eve', 'ada', 'bob', 'cid']")).declare::<String>();
    /// let second_page = names.sort(Order::Ascending).limit_from(2, 2);
    /// assert_eq!(second_page.run().on(&gears)?.into_results(), ["cid", "eve"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // A sample of each shard, without waiting for the others.
    /// let sample = PythonReader::new(py!("lambda: range(1000)")).declare::<i64>().limit_per_shard(3);
    /// assert_eq!(sample.run().on(&gears)?.into_results(), [0, 1, 2]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let largest = py!("lambda best, number: max(best or 0, number)").returns::<i64>();
    /// let numbers = PythonReader::new(py!("lambda: [3, 9, 4]"));
    /// // The largest of each shard, and then the largest of those.
    /// let largest = numbers.accumulate(&largest).collect().accumulate(&largest);
    /// assert_eq!(largest.run().on(&gears)?.into_one()?, 9);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn collect(&self) -> Self {
        self.and(Step::Collect)
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
        extractor: impl Extractor,
        reducer: F,
    ) -> GearFunction<Group<F::Output>, R> {
        let extractor = extractor.into_code();
        self.and(Step::BatchGroupBy(extractor, reducer.into_code()))
    }

    /// Sorts the records of all shards.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: [20, 100, 3]")).declare::<i64>();
    /// let smallest_first = numbers.sort(Order::Ascending);
    /// assert_eq!(smallest_first.run().on(&gears)?.into_results(), [3, 20, 100]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sort(&self, order: Order) -> Self {
        self.and(Step::Sort(order, None))
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

    /// Keeps one of each records that are equal, in no particular order.
    ///
    /// Records have to be hashable: lists and dicts are not.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let visitors = PythonReader::new(py!("lambda: ['bob', 'ada', 'bob']")).declare::<String>();
    /// let visitors = visitors.distinct().sort(Order::Ascending);
    /// assert_eq!(visitors.run().on(&gears)?.into_results(), ["ada", "bob"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn distinct(&self) -> Self {
        self.and(Step::Distinct)
    }

    /// Counts the records: 0 when there are none.
    ///
    /// Servers make no record of counting nothing. Where more steps follow, the script therefore
    /// reads by commands of its own (`SCAN`, `TYPE`, `GET` …), which the user must be allowed.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysOnlyReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let sessions = KeysOnlyReader::new("session:*").count();
    /// assert_eq!(sessions.run().on(&gears)?.into_one()?, 0);
    /// redis::cmd("SET").arg("session:1").arg("ada").exec(&mut connection).unwrap();
    /// assert_eq!(sessions.run().on(&gears)?.into_one()?, 1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> GearFunction<i64, R> {
        self.and(Step::Count)
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
    pub fn count_by(&self, extractor: impl Extractor) -> GearFunction<Group<i64>, R> {
        self.and(Step::CountBy(Some(extractor.into_code())))
    }

    /// Counts how often each record is there.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let votes = PythonReader::new(py!("lambda: ['yes', 'no', 'yes']")).count_each();
    /// let votes: BTreeMap<String, i64> = votes.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(votes["yes"], 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn count_each(&self) -> GearFunction<Group<i64>, R> {
        self.and(Step::CountBy(None))
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

    /// Averages the records, made into floats; without records there is no average.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // Values of keys are text; the average makes numbers of them.
    /// let latencies = PythonReader::new(py!("lambda: ['1.5', '2.5']"));
    /// assert_eq!(latencies.mean().run().on(&gears)?.into_one()?, 2.0);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
