//! Executions: their ids, their states, and the list of them.

use std::{fmt, str::FromStr};

use redis::Value;

use super::read::{Misfit, Read, map_reply, words};
use crate::error::Error;

/// Defines an id that servers make: the shard's id, a dash, a number.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as servers write it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use gears_runtime::data::", stringify!($name), ";")]
            ///
            #[doc = concat!("let id = ", stringify!($name), "::from(\"1dcb0f4a-52\".to_owned());")]
            /// assert_eq!(id.as_str(), "1dcb0f4a-52");
            /// ```
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the id of the shard that made it; on a stand-alone server, 40 zeros.
            ///
            /// `None` when the text is not made of a shard and a number.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use gears_runtime::data::", stringify!($name), ";")]
            ///
            #[doc = concat!("let id = ", stringify!($name), "::from(\"1dcb0f4a-52\");")]
            /// assert_eq!(id.shard_id(), Some("1dcb0f4a"));
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"52\").shard_id(), None);")]
            /// ```
            pub fn shard_id(&self) -> Option<&str> {
                self.parts().map(|(shard, _)| shard)
            }

            /// Returns the number that the shard gave it.
            ///
            /// `None` when the text is not made of a shard and a number.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use gears_runtime::data::", stringify!($name), ";")]
            ///
            /// let mut ids = ["1dcb0f4a-52", "1dcb0f4a-7"];
            /// // As text, they would be in another order.
            #[doc = concat!("ids.sort_by_key(|&id| ", stringify!($name), "::from(id).sequence());")]
            /// assert_eq!(ids, ["1dcb0f4a-7", "1dcb0f4a-52"]);
            /// ```
            pub fn sequence(&self) -> Option<u64> {
                self.parts().map(|(_, sequence)| sequence)
            }

            fn parts(&self) -> Option<(&str, u64)> {
                let (shard, sequence) = self.0.rsplit_once('-')?;
                Some((shard, sequence.parse().ok()?))
            }
        }

        /// Checks that it can be one: a shard's id, a dash and a number.
        ///
        /// # Errors
        ///
        /// [`Configuration`](crate::ErrorKind::Configuration) for anything else.
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let id = Self::from(text);
                let is_whole = |shard: &str| {
                    !shard.is_empty() && shard.bytes().all(|byte| byte.is_ascii_alphanumeric())
                };
                match id.shard_id().is_some_and(is_whole) {
                    true => Ok(id),
                    false => Err(Error::configuration(format!(
                        "{text:?} is no id: those are of the form \
                         0000000000000000000000000000000000000000-52"
                    ))),
                }
            }
        }

        /// Takes the text as it is; `parse` checks it.
        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        /// Takes the text as it is; `parse` checks it.
        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Read for $name {
            fn read(value: &Value) -> Result<Self, Misfit> {
                String::read(value).map(Self)
            }
        }
    };
}

pub(super) use id;

id! {
    /// Names an execution.
    ///
    /// Made from text as it is, and checked when it is parsed: whether there is such an execution, the server says.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionId;
    ///
    /// let id = ExecutionId::from("0000000000000000000000000000000000000000-7");
    /// assert_eq!(id.sequence(), Some(7));
    /// assert_eq!(id.shard_id().unwrap().len(), 40);
    /// assert_eq!(ExecutionId::from("x").sequence(), None);
    /// ```
    ExecutionId
}

words! {
    /// Says how far an execution has come (spec section 6.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionStatus;
    ///
    /// let status = ExecutionStatus::from("pending_run");
    /// assert_eq!(status, ExecutionStatus::PendingRun);
    /// assert!(!status.is_finished());
    /// assert_eq!(ExecutionStatus::from("dozing").as_str(), "dozing");
    /// ```
    pub enum ExecutionStatus {
        /// It has been made and waits for a worker.
        Created = "created",
        /// It runs, or waits for a coroutine.
        Running = "running",
        /// The shard that began it waits until the others have received it.
        PendingReceive = "pending_receive",
        /// The shard waits for the one that began it to say go.
        PendingRun = "pending_run",
        /// The shard that began it waits for the others to finish.
        PendingCluster = "pending_cluster",
        /// The shard has finished and waits for the one that began it.
        PendingTermination = "pending_termination",
        /// It has ended by itself, perhaps with errors.
        Done = "done",
        /// It was aborted before it ran, or while it waited.
        Aborted = "aborted",
    }
}

impl ExecutionStatus {
    /// Tells whether it has ended: results can be asked for, and it can be dropped.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Done | Self::Aborted)
    }
}

/// Says which shards to ask for the plan of an execution.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::Locality;
///
/// assert_eq!(Locality::Cluster.as_str(), "CLUSTER");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Locality {
    /// The shard that is asked.
    Shard,
    /// All shards; an error on a server without a cluster.
    Cluster,
}

impl Locality {
    /// Returns the word as it is sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::Locality;
    ///
    /// assert_eq!(Locality::Shard.as_str(), "SHARD");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shard => "SHARD",
            Self::Cluster => "CLUSTER",
        }
    }
}

map_reply! {
    /// Describes an execution in the list of executions (spec section 1.7).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let execution = gears.spawn(&Script::from_source("GB('ShardsIDReader').run()"))?;
    /// for info in gears.dump_executions()? {
    ///     println!("{} is {}", info.id, info.status);
    ///     assert_eq!(info.id, *execution.id());
    ///     assert!(!info.registered, "a script began it");
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct ExecutionInfo {
        /// Its id.
        pub id: ExecutionId = "executionId",
        /// How far it has come.
        pub status: ExecutionStatus = "status",
        /// Whether a registration began it.
        pub registered: bool = "registered",
    }
}

impl From<ExecutionInfo> for ExecutionId {
    fn from(info: ExecutionInfo) -> Self {
        info.id
    }
}

impl From<&ExecutionInfo> for ExecutionId {
    fn from(info: &ExecutionInfo) -> Self {
        info.id.clone()
    }
}

map_reply! {
    /// Holds what one shard says about an execution (spec section 1.8).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let execution = gears.spawn(&Script::from_source("GB('ShardsIDReader').run()"))?;
    /// execution.wait(Duration::from_secs(10))?;
    /// for shard in execution.plan()? {
    ///     println!("{} read for {} ms", shard.shard_id, shard.plan.read_duration);
    ///     assert!(shard.plan.status.is_finished());
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct ShardPlan {
        /// The shard's id.
        pub shard_id: String = "shard_id",
        /// The plan there.
        pub plan: ExecutionPlan = "execution_plan",
    }
}

map_reply! {
    /// Describes the course of an execution on one shard (spec section 1.8).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::{Gears, Script, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let execution = gears.spawn(&Script::from_source("GB('ShardsIDReader').run()"))?;
    /// execution.wait(Duration::from_secs(10))?;
    /// let plan = execution.plan()?.remove(0).plan;
    /// assert_eq!(plan.result_count(), Some(1));
    /// for step in plan.steps.iter().rev() {
    ///     println!("{} {} took {} ms", step.kind, step.name, step.duration);
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct ExecutionPlan {
        /// How far it has come.
        pub status: ExecutionStatus = "status",
        /// How many other shards have received it.
        pub shards_received: i64 = "shards_received",
        /// How many other shards have completed it.
        pub shards_completed: i64 = "shards_completed",
        /// How many results there are; -1 until it has finished.
        pub results: i64 = "results",
        /// The texts of the errors so far.
        pub errors: Vec<String> = "errors",
        /// How long it took, in milliseconds.
        pub total_duration: i64 = "total_duration",
        /// How long reading took, in milliseconds.
        pub read_duration: i64 = "read_duration",
        /// The steps after the reader, the last one first, as the server lists them.
        pub steps: Vec<ExecutionStep> = "steps",
    }
}

impl ExecutionPlan {
    /// Returns the number of results, once it has finished.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let slow = gears.spawn(&Script::from_source("GB('ShardsIDReader').run()"))?;
    /// let plan = slow.plan()?.remove(0).plan;
    /// assert_eq!(plan.result_count().is_some(), plan.status.is_finished());
    /// slow.wait(Duration::from_secs(10))?;
    /// assert_eq!(slow.plan()?[0].plan.result_count(), Some(1));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn result_count(&self) -> Option<u64> {
        u64::try_from(self.results).ok()
    }
}

map_reply! {
    /// Describes a step of an execution (spec section 1.8).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('ShardsIDReader').map(lambda shard: shard * 2).run()";
    /// let plan = gears.spawn(&Script::from_source(source))?.plan()?.remove(0).plan;
    /// for step in plan.steps.iter().rev() {
    ///     println!("{} calls {}, {}", step.kind, step.name, step.arg);
    /// }
    /// assert_eq!(plan.steps.last().unwrap().kind, "map");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct ExecutionStep {
        /// The kind of step, such as `map` or `filter`.
        pub kind: String = "type",
        /// How long it took, in milliseconds; 0 unless `ProfileExecutions` is on.
        pub duration: i64 = "duration",
        /// The name of what the server calls in this step.
        pub name: String = "name",
        /// The Python function as Python shows it; empty when there is none.
        pub arg: String = "arg",
    }
}
