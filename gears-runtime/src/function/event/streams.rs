//! What only functions of streams say.

use std::time::Duration;

use super::EventFunction;
use crate::{data::FailurePolicy, function::reader::kind::Streams};

impl<T> EventFunction<T, Streams> {
    /// Waits for entries of this stream, or of all streams that begin so if it ends with `*`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::StreamReader;
    ///
    /// let orders = StreamReader::new("orders:today").values();
    /// let all_orders = orders.register().prefix("orders:*");
    /// assert!(all_orders.script()?.source().contains("prefix='orders:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets how many entries run together: 1 unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{data::ReaderArgs, function::StreamReader};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// StreamReader::new("orders").count().register().batch(500).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Stream(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.batch_size, 500);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn batch(mut self, entries: u32) -> Self {
        self.batch = Some(entries);
        self
    }

    /// Sets after what time fewer entries run, in whole milliseconds; they wait for ever unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::function::StreamReader;
    ///
    /// // As soon as there are 500 entries, and at least twice a second.
    /// let orders = StreamReader::new("orders").count().register().batch(500);
    /// let orders = orders.duration(Duration::from_millis(500));
    /// assert!(orders.script()?.source().contains("batch=500, duration=500"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Says what becomes of entries on which the function raises; they count as done unless said.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{FailurePolicy, StreamReader};
    ///
    /// // No payment may be left out: the first that fails stops all.
    /// let payments = StreamReader::new("payments").values().register();
    /// let payments = payments.on_failed_policy(FailurePolicy::Abort);
    /// assert!(payments.script()?.source().contains("onFailedPolicy='abort'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_failed_policy(mut self, policy: FailurePolicy) -> Self {
        self.on_failed = Some(policy);
        self
    }

    /// Sets after what time failed entries are tried again, rounded up to whole seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::function::{FailurePolicy, StreamReader};
    ///
    /// let mails = StreamReader::new("mails").values().register();
    /// let mails = mails.on_failed_policy(FailurePolicy::Retry);
    /// let mails = mails.retry_interval(Duration::from_secs(30));
    /// assert!(mails.script()?.source().contains("onFailedRetryInterval=30"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_interval = Some(interval);
        self
    }

    /// Says whether entries are deleted when they are done, as they are unless told otherwise.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::StreamReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let count = StreamReader::new("sales").for_each(py!("lambda _sale: cmd.incr('count')"));
    /// count.register().mode(Mode::Sync).trim(false).on(&gears)?;
    /// redis::cmd("XADD").arg(&["sales", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let count: (i64, i64) = redis::pipe()
    ///     .cmd("GET").arg("count").cmd("XLEN").arg("sales").query(&mut connection).unwrap();
    /// assert_eq!(count, (1, 1), "it ran, and the entry is still there");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn trim(mut self, trim: bool) -> Self {
        self.trim = trim;
        self
    }
}
