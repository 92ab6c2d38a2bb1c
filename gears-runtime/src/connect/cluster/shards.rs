//! The shards of a cluster, each for itself.

use std::{collections::BTreeMap, sync::Arc};

use super::{Cluster, Reach, slot_map::SlotMap};
use crate::{connect::gears::Gears, error::Result};

/// The id of a server that is alone.
pub(crate) const ALONE: &str = "0000000000000000000000000000000000000000";

impl Gears {
    /// Tells whether it talks to a cluster.
    ///
    /// What the first connection finds holds for good: a server that becomes part of a cluster
    /// later has to be connected to anew.
    ///
    /// # Errors
    ///
    /// Before the first connection, those of [`connect`](Self::connect).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// assert!(!Gears::connect(server.url())?.is_cluster()?);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn is_cluster(&self) -> Result<bool> {
        Ok(matches!(self.reach()?, Reach::Many(_)))
    }

    /// Returns a connection to each shard of the cluster, by the shard's id.
    ///
    /// Each goes to the primary that the shard has now, whatever is sent with it, and does not
    /// follow when another node takes its place. The cluster is looked at anew. A server that is
    /// alone is its only shard, by the id of 40 zeros.
    ///
    /// # Errors
    ///
    /// No node of the cluster can be reached.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// for (id, shard) in Gears::connect(server.url())?.shards()? {
    ///     println!("{id}: {} bytes of Python", shard.py_stats()?.current_allocated);
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn shards(&self) -> Result<BTreeMap<String, Self>> {
        let Reach::Many(cluster) = self.reach()? else {
            return Ok(BTreeMap::from([(ALONE.to_owned(), self.clone())]));
        };
        cluster.refresh(cluster.map().version)?;
        Ok(self.each_of(&cluster.map()))
    }

    fn each_of(&self, map: &SlotMap) -> BTreeMap<String, Self> {
        let shards = map.primaries().iter();
        shards
            .map(|shard| (shard.id.clone(), self.at(Arc::clone(&shard.node))))
            .collect()
    }

    /// Returns the primaries as they are now with their ids, in the order of their addresses; none for one server.
    pub(crate) fn primaries(&self) -> Result<Option<Vec<(String, Self)>>> {
        let Reach::Many(cluster) = self.reach()? else {
            return Ok(None);
        };
        cluster.refresh(cluster.map().version)?;
        Ok(Some(self.in_order(cluster)))
    }

    fn in_order(&self, cluster: &Cluster) -> Vec<(String, Self)> {
        let map = cluster.map();
        let primaries = map.primaries().iter();
        primaries
            .map(|primary| (primary.id.clone(), self.at(Arc::clone(&primary.node))))
            .collect()
    }
}

#[cfg(feature = "aio")]
impl Gears {
    /// Returns the shards, as [`shards`](Self::shards) does.
    pub(crate) async fn shards_async(&self) -> Result<BTreeMap<String, Self>> {
        let Reach::Many(cluster) = self.reach_async().await? else {
            return Ok(BTreeMap::from([(ALONE.to_owned(), self.clone())]));
        };
        cluster.refresh_async(cluster.map().version).await?;
        Ok(self.each_of(&cluster.map()))
    }

    /// Returns the primaries, as [`primaries`](Self::primaries) does.
    pub(crate) async fn primaries_async(&self) -> Result<Option<Vec<(String, Self)>>> {
        let Reach::Many(cluster) = self.reach_async().await? else {
            return Ok(None);
        };
        cluster.refresh_async(cluster.map().version).await?;
        Ok(Some(self.in_order(cluster)))
    }
}

#[cfg(feature = "aio")]
impl crate::connect::gears::asynchronous::Gears {
    /// Tells whether it talks to a cluster.
    ///
    /// # Errors
    ///
    /// As [`Gears::is_cluster`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// assert!(!gears.is_cluster().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_cluster(&self) -> Result<bool> {
        Ok(matches!(self.inner.reach_async().await?, Reach::Many(_)))
    }

    /// Returns a connection to each shard of the cluster, by the shard's id.
    ///
    /// # Errors
    ///
    /// As [`Gears::shards`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// for (id, shard) in gears.shards().await? {
    ///     println!("{id}: {} bytes of Python", shard.py_stats().await?.current_allocated);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn shards(&self) -> Result<BTreeMap<String, Self>> {
        let shards = self.inner.shards_async().await?;
        let each = shards.into_iter().map(|(id, gears)| (id, gears.aio()));
        Ok(each.collect())
    }
}
