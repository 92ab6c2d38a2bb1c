//! Steps that take no Python: which records there are, in which order, where, and how many.

use crate::function::{keyword::Order, open::GearFunction, record::Group, step::Step};

impl<T, R> GearFunction<T, R> {
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

    /// Leaves out the first `start` records of each shard, or of each event, and keeps the next `count`.
    ///
    /// This is RedisGears' `limit(count, start)`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: range(1000)")).declare::<i64>();
    /// let sample = numbers.limit_per_shard_from(10, 3);
    /// assert_eq!(sample.run().on(&gears)?.into_results(), [10, 11, 12]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn limit_per_shard_from(&self, start: usize, count: usize) -> Self {
        self.and(Step::Limit {
            start,
            count,
            per_shard: true,
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
        self.limit_per_shard_from(0, count)
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
