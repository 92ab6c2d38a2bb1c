//! The settings of a server, each with its type.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
mod held;
mod shard;
mod table;

use std::{collections::BTreeMap, time::Duration};

use self::{
    held::{Held as _, all_set, all_there, held},
    shard::shards,
    table::{reading, setting, settings},
};
use super::catalog;
use crate::{connect::gears::Gears, data::ConfigValue, error::Result};

/// The settings of the server that a [`Gears`] talks to, made by [`Gears::config`].
///
/// There is a getter and a setter for each setting of RedisGears; [`get`](Self::get) and
/// [`set`](Self::set) are for several at once and for those of scripts (`configGet`). A setting
/// that is fixed when the module is loaded cannot be set: the error is
/// [`Unsupported`](crate::ErrorKind::Unsupported) and says where to put it.
///
/// Each shard of a cluster has settings of its own. What is set is set on all of them; what is read is that of
/// one. [`all_shards`](Self::all_shards) has them one by one.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// let server = embedded::Server::start()?;
/// let config = Gears::connect(server.url())?.config();
/// config.set_max_executions(50)?;
/// assert_eq!(config.max_executions()?, 50);
///
/// config.set([("greeting", "hello")])?;
/// assert_eq!(config.get(["greeting"])?["greeting"].to_string(), "hello");
/// assert!(config.set_execution_threads(9).unwrap_err().is_unsupported());
///
/// for (shard, config) in config.all_shards()? {
///     println!("{shard}: {} threads", config.execution_threads()?);
/// }
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Configuration {
    gears: Gears,
}

impl Gears {
    /// Returns the settings of the server.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let config = gears.config();
    /// assert!(config.execution_threads()? > 0);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn config(&self) -> Configuration {
        Configuration {
            gears: self.clone(),
        }
    }
}

macro_rules! sync_settings {
    ($(
        $(#[doc = $doc:literal])*
        $get:ident $set:ident: $type:ty = $name:literal,
        reads $read:tt,
        $does:ident $given:literal $([$($back:literal),+])?;
    )*) => {
        impl Configuration {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("The setting `", $name, "`.")]
                ///
                /// # Errors
                ///
                /// [`Unsupported`](crate::ErrorKind::Unsupported) when the server does not have
                /// it, and what a connection can have.
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use std::time::Duration;
                /// # use gears_runtime::{Gears, embedded};
                /// # let server = embedded::Server::start()?;
                /// let config = Gears::connect(server.url())?.config();
                #[doc = reading!("" $get $read)]
                /// # Ok::<(), gears_runtime::Error>(())
                /// ```
                pub fn $get(&self) -> Result<$type> {
                    let mut at = None;
                    let values = self.gears.send_made(|server| {
                        at = Some(server);
                        catalog::config_get([$name])
                    })?;
                    held($name, &values, at)
                }

                #[doc = concat!("Sets `", $name, "`; see [`", stringify!($get), "`](Self::", stringify!($get), ").")]
                ///
                /// # Errors
                ///
                /// [`Unsupported`](crate::ErrorKind::Unsupported) when it is fixed at load,
                /// [`Server`](crate::ErrorKind::Server) when the server refuses the value, and
                /// what a connection can have.
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use std::time::Duration;
                /// # use gears_runtime::{Gears, embedded};
                /// # let server = embedded::Server::start()?;
                /// let config = Gears::connect(server.url())?.config();
                #[doc = setting!("" $get $set $does $given $([$($back),+])?)]
                /// # Ok::<(), gears_runtime::Error>(())
                /// ```
                pub fn $set(&self, value: impl Into<$type>) -> Result<()> {
                    self.set([($name, value.into().hold())])
                }
            )*
        }
    };
}

settings!(sync_settings);

impl Configuration {
    /// Returns settings by name, those of scripts too.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the server does not have one of them,
    /// and what a connection can have. [`Gears::config_get`] tells which ones there are.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect(server.url())?.config();
    /// let values = config.get(["MaxExecutions", "SendMsgRetries"])?;
    /// assert_eq!(values["MaxExecutions"].as_int(), Some(1000));
    /// assert!(config.get(["NoSuchSetting"]).unwrap_err().is_unsupported());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn get<N: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<BTreeMap<String, ConfigValue>> {
        let mut at = None;
        let values = self.gears.send_made(|server| {
            at = Some(server);
            catalog::config_get(names)
        })?;
        all_there(values, at)
    }

    /// Sets settings; a name that the server does not know becomes one of scripts.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when one is fixed at load,
    /// [`Server`](crate::ErrorKind::Server) when the server refuses a value, and what a
    /// connection can have. The others are set then; [`Gears::config_set`] tells which.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect(server.url())?.config();
    /// config.set([("MaxExecutions", 50), ("SendMsgRetries", 10)])?;
    /// config.set([("greeting", "hello")])?; // for scripts: configGet("greeting")
    /// assert_eq!(config.get(["greeting"])?["greeting"].to_string(), "hello");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn set<N: AsRef<str>, V: Into<ConfigValue>>(
        &self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()> {
        let mut at = None;
        let changes = self.gears.send_made(|server| {
            at = Some(server);
            catalog::config_set(settings)
        })?;
        all_set(&changes, at)
    }

    /// Returns the connection over which the settings are asked for.
    pub fn gears(&self) -> &Gears {
        &self.gears
    }

    /// Returns the settings of each shard, by the shard's id.
    ///
    /// A server that is alone is its only shard, by the id of 40 zeros. The shards are connected
    /// to with the same user, password and limits as this one.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when the cluster tells an address that
    /// makes no sense, and what a connection can have.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect(server.url())?.config();
    /// for (shard, config) in config.all_shards()? {
    ///     config.set_max_executions(50)?;
    ///     println!("{shard}: {} threads", config.execution_threads()?);
    /// }
    /// assert_eq!(config.max_executions()?, 50);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn all_shards(&self) -> Result<BTreeMap<String, Self>> {
        if self.gears.is_cluster()? {
            let shards = self.gears.shards()?.into_iter();
            return Ok(shards.map(|(id, gears)| (id, Self { gears })).collect());
        }
        let cluster = self.gears.info_cluster()?;
        shards(&self.gears, cluster.as_ref())?
            .into_iter()
            .map(|(id, builder)| {
                let gears = match builder {
                    Some(builder) => builder.connect()?,
                    None => self.gears.clone(),
                };
                Ok((id, Self { gears }))
            })
            .collect()
    }
}
