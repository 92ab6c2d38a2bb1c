//! The settings of a server, for async programs.

use std::{collections::BTreeMap, time::Duration};

use super::{
    held::{Held as _, all_set, all_there, held},
    shard::shards,
    table::{reading, setting, settings},
};
use crate::{
    command::catalog, connect::gears::asynchronous::Gears, data::ConfigValue, error::Result,
    server::known::Server,
};

/// The settings of the shard that an [`aio::Gears`](Gears) talks to, made by [`Gears::config`].
///
/// The same as [`Configuration`](crate::Configuration), awaited.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let config = Gears::connect_async(server.url()).await?.aio().config();
/// config.set_max_executions(50).await?;
/// assert_eq!(config.max_executions().await?, 50);
/// # Ok(())
/// # }
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
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// let config = gears.config();
    /// assert!(config.execution_threads().await? > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(&self) -> Configuration {
        Configuration {
            gears: self.clone(),
        }
    }
}

macro_rules! async_settings {
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
                /// As in [`Configuration`](crate::Configuration).
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use std::time::Duration;
                /// # use gears_runtime::{Gears, embedded};
                /// # #[tokio::main(flavor = "current_thread")]
                /// # async fn main() -> gears_runtime::Result<()> {
                /// # let server = embedded::Server::start()?;
                /// let config = Gears::connect_async(server.url()).await?.aio().config();
                #[doc = reading!(".await" $get $read)]
                /// # Ok(())
                /// # }
                /// ```
                pub async fn $get(&self) -> Result<$type> {
                    let (values, at) = self.ask([$name].as_slice()).await?;
                    held($name, &values, at)
                }

                #[doc = concat!("Sets `", $name, "`; see [`", stringify!($get), "`](Self::", stringify!($get), ").")]
                ///
                /// # Errors
                ///
                /// As in [`Configuration`](crate::Configuration).
                ///
                /// # Examples
                ///
                #[cfg_attr(feature = "embedded", doc = "```")]
                #[cfg_attr(not(feature = "embedded"), doc = "```text")]
                /// # use std::time::Duration;
                /// # use gears_runtime::{Gears, embedded};
                /// # #[tokio::main(flavor = "current_thread")]
                /// # async fn main() -> gears_runtime::Result<()> {
                /// # let server = embedded::Server::start()?;
                /// let config = Gears::connect_async(server.url()).await?.aio().config();
                #[doc = setting!(".await" $get $set $does $given $([$($back),+])?)]
                /// # Ok(())
                /// # }
                /// ```
                pub async fn $set(&self, value: impl Into<$type>) -> Result<()> {
                    let value = value.into().hold();
                    self.set([($name, value)]).await
                }
            )*
        }
    };
}

settings!(async_settings);

impl Configuration {
    /// Returns settings by name, those of scripts too.
    ///
    /// # Errors
    ///
    /// As [`Configuration::get`](crate::Configuration::get).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect_async(server.url()).await?.aio().config();
    /// let values = config.get(["MaxExecutions", "SendMsgRetries"]).await?;
    /// assert_eq!(values["MaxExecutions"].as_int(), Some(1000));
    /// assert!(config.get(["NoSuchSetting"]).await.unwrap_err().is_unsupported());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get<N: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<BTreeMap<String, ConfigValue>> {
        let names: Vec<N> = names.into_iter().collect();
        let (values, at) = self.ask(&names).await?;
        all_there(values, at)
    }

    /// Sets settings; a name that the server does not know becomes one of scripts.
    ///
    /// # Errors
    ///
    /// As [`Configuration::set`](crate::Configuration::set).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect_async(server.url()).await?.aio().config();
    /// config.set([("MaxExecutions", 50), ("SendMsgRetries", 10)]).await?;
    /// config.set([("greeting", "hello")]).await?; // for scripts: configGet("greeting")
    /// assert_eq!(config.get(["greeting"]).await?["greeting"].to_string(), "hello");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set<N: AsRef<str>, V: Into<ConfigValue>>(
        &self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()> {
        let mut at = None;
        let request = catalog::config_set(settings);
        let make = |server| {
            at = Some(server);
            request
        };
        let changes = self.gears.inner.send_made_async(false, make).await?;
        all_set(&changes, at)
    }

    /// Returns the settings of each shard, by the shard's id.
    ///
    /// # Errors
    ///
    /// As [`Configuration::all_shards`](crate::Configuration::all_shards).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let config = Gears::connect_async(server.url()).await?.aio().config();
    /// for (shard, config) in config.all_shards().await? {
    ///     config.set_max_executions(50).await?;
    ///     println!("{shard}: {} threads", config.execution_threads().await?);
    /// }
    /// assert_eq!(config.max_executions().await?, 50);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn all_shards(&self) -> Result<BTreeMap<String, Self>> {
        if self.gears.is_cluster().await? {
            let shards = self.gears.shards().await?.into_iter();
            return Ok(shards.map(|(id, gears)| (id, Self { gears })).collect());
        }
        let cluster = self.gears.info_cluster().await?;
        let mut all = BTreeMap::new();
        for (id, builder) in shards(&self.gears.inner, cluster.as_ref())? {
            let gears = match builder {
                Some(builder) => builder.connect_async().await?.aio(),
                None => self.gears.clone(),
            };
            all.insert(id, Self { gears });
        }
        Ok(all)
    }

    async fn ask<N: AsRef<str>>(
        &self,
        names: &[N],
    ) -> Result<(BTreeMap<String, Option<ConfigValue>>, Option<Server>)> {
        let mut at = None;
        let request = catalog::config_get(names);
        let make = |server| {
            at = Some(server);
            request
        };
        let values = self.gears.inner.send_made_async(false, make).await?;
        Ok((values, at))
    }
}
