//! Steps whose function everybody would write alike, so that nobody has to.

use std::panic::Location;

use crate::function::{
    callback::Code,
    group_key::GroupKey,
    open::GearFunction,
    record::Group,
    role::{Elements, Extractor},
    step::{Step, Zero},
};

const ITSELF: &str = "lambda record: record";
const APPEND: &str =
    "lambda all, record: [record] if all is None else (all.append(record), all)[1]";
const ADD: &str = "lambda total, record: total + record";
const RECORDS: &str = "lambda _key, records: list(records)";

impl<T, R> GearFunction<T, R> {
    /// Makes a record of each element of each record.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let pages = PythonReader::new(py!("lambda: [[1, 2], [3]]")).declare::<Vec<i64>>();
    /// assert_eq!(pages.flatten().run().on(&gears)?.into_results(), [1, 2, 3]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn flatten(&self) -> GearFunction<T::Element, R>
    where
        T: Elements,
    {
        self.and(Step::FlatMap(given(ITSELF)))
    }

    /// Takes the records of each shard into one list; a shard without records has none.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: [1, 2, 3]")).declare::<i64>();
    /// // One list, as there is one shard.
    /// assert_eq!(numbers.to_list_per_shard().run().on(&gears)?.into_results(), [[1, 2, 3]]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_list_per_shard(&self) -> GearFunction<Vec<T>, R> {
        self.and(Step::Accumulate(given(APPEND)))
    }

    /// Takes the records of all shards into one list; without records there is none.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: [1, 2, 3]")).declare::<i64>();
    /// assert_eq!(numbers.to_list().run().on(&gears)?.into_one()?, [1, 2, 3]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_list(&self) -> GearFunction<Vec<T>, R> {
        let nothing = Zero::Literal(Ok("[]".to_owned()));
        self.and(Step::Aggregate(nothing, given(APPEND), given(ADD)))
    }

    /// Adds up the records of all shards, which are numbers; without records there is no sum.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: [1, 2, 3]")).declare::<i64>();
    /// assert_eq!(numbers.sum().run().on(&gears)?.into_one()?, 6);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sum(&self) -> Self {
        let zero = Zero::Literal(Ok("0".to_owned()));
        self.and(Step::Aggregate(zero, given(ADD), given(ADD)))
    }

    /// Makes one list of all records with the same key, which has to fit into memory.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let names = PythonReader::new(py!("lambda: ['ada', 'bob', 'alan']")).declare::<String>();
    /// let names = names.to_list_by(py!("lambda name: name[0]"));
    /// let names: BTreeMap<_, _> = names.run().on(&gears)?.into_results().into_iter().collect();
    /// assert_eq!(names["a"], ["ada", "alan"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to_list_by(
        &self,
        extractor: impl Extractor<Output: GroupKey>,
    ) -> GearFunction<Group<Vec<T>>, R> {
        self.and(Step::BatchGroupBy(extractor.into_code(), given(RECORDS)))
    }
}

/// Takes up Python of our own where the caller's caller asks for it.
#[track_caller]
fn given(text: &'static str) -> Code {
    Code::given(text, Location::caller())
}
