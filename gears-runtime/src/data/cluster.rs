//! The cluster as a shard sees it.

use redis::Value;

use super::read::{Misfit, Read, map_reply};
use crate::server::value::text;

/// Describes the cluster as the shard that was asked sees it (spec section 1.14).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// assert!(gears.info_cluster()?.is_none(), "it stands alone");
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClusterInfo {
    /// The id of the shard that was asked.
    pub my_id: String,
    /// The id of its run, which `RG.REFRESHCLUSTER` changes.
    pub my_run_id: Option<String>,
    /// All shards, in no particular order.
    pub shards: Vec<ShardInfo>,
}

impl ClusterInfo {
    /// Returns the shard that was asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Result};
    ///
    /// /// Tells which hash slots the shard has that a connection goes to.
    /// fn slots(gears: &Gears) -> Result<Option<(i64, i64)>> {
    ///     let cluster = gears.info_cluster()?;
    ///     let shard = cluster.as_ref().and_then(|cluster| cluster.my_shard());
    ///     Ok(shard.map(|shard| (shard.min_hash_slot, shard.max_hash_slot)))
    /// }
    /// # #[cfg(feature = "embedded")] {
    /// # let server = gears_runtime::embedded::Server::start()?;
    /// assert_eq!(slots(&Gears::connect(server.url())?)?, None, "it stands alone");
    /// # }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn my_shard(&self) -> Option<&ShardInfo> {
        self.shards.iter().find(|shard| shard.id == self.my_id)
    }

    /// Reads the reply; a server without a cluster says so in words.
    pub(crate) fn read_reply(value: &Value) -> Result<Option<Self>, Misfit> {
        match value {
            // Names and values, and the shards at the end without a name.
            Value::Array(parts) => match parts.as_slice() {
                [my_id, id, my_run_id, run_id, shards]
                    if text(my_id) == Some("MyId") && text(my_run_id) == Some("MyRunId") =>
                {
                    Ok(Some(Self {
                        my_id: Read::read(id).map_err(|misfit: Misfit| misfit.at(1))?,
                        my_run_id: Read::read(run_id).map_err(|misfit: Misfit| misfit.at(3))?,
                        shards: Vec::<ShardInfo>::read(shards)
                            .map_err(|misfit| misfit.at(4))?
                            .into_iter()
                            .map(ShardInfo::without_fillers)
                            .collect(),
                    }))
                }
                _ => Err(Misfit::new("MyId, MyRunId and the shards", value)),
            },
            other if text(other).is_some() => Ok(None),
            other => Err(Misfit::new("the shards, or `no cluster mode`", other)),
        }
    }
}

map_reply! {
    /// Describes a shard of a cluster (spec section 1.14).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Result};
    ///
    /// /// Lists the addresses of a cluster's shards.
    /// fn addresses(gears: &Gears) -> Result<Vec<String>> {
    ///     let shards = gears.info_cluster()?.map(|cluster| cluster.shards).unwrap_or_default();
    ///     Ok(shards.iter().map(|shard| format!("{}:{}", shard.ip, shard.port)).collect())
    /// }
    /// # #[cfg(feature = "embedded")] {
    /// # let server = gears_runtime::embedded::Server::start()?;
    /// assert!(addresses(&Gears::connect(server.url())?)?.is_empty(), "it stands alone");
    /// # }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct ShardInfo {
        /// Its id.
        pub id: String = "id",
        /// Its address.
        pub ip: String = "ip",
        /// Its port.
        pub port: i64 = "port",
        /// Its unix socket, if it has one.
        pub unix_socket: Option<String> = "unixSocket",
        /// The id of its run, once the shards have met.
        pub run_id: Option<String> = "runid",
        /// The first of its hash slots.
        pub min_hash_slot: i64 = "minHslot",
        /// The last of its hash slots.
        pub max_hash_slot: i64 = "maxHslot",
        /// How many messages wait to be sent to it.
        pub pending_messages: i64 = "pendingMessages",
    }
}

impl ShardInfo {
    /// Takes out what servers write where there is nothing: `None` for a socket, and no text for a run.
    fn without_fillers(self) -> Self {
        Self {
            unix_socket: self.unix_socket.filter(|socket| socket != "None"),
            run_id: self.run_id.filter(|run| !run.is_empty()),
            ..self
        }
    }
}
