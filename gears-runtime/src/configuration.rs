//! The settings of a server, each with its type.

use std::{collections::BTreeMap, time::Duration};

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
mod held;
mod shard;

use self::{
    held::{Held as _, all_set, all_there, held},
    shard::shards,
};
use crate::{command::request, data::ConfigValue, error::Result, gears::Gears};

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
/// # fn main() -> gears_runtime::Result<()> {
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
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Configuration {
    gears: Gears,
}

impl Gears {
    /// Returns the settings of the server.
    pub fn config(&self) -> Configuration {
        Configuration {
            gears: self.clone(),
        }
    }
}

/// The table of settings, for the sync and the async methods.
macro_rules! settings {
    ($table:ident) => {
        $table! {
            /// How many executions the list holds; 0 or less for no limit.
            max_executions set_max_executions: i64 = "MaxExecutions";
            /// How many executions of one registration the list holds; 0 for no limit.
            max_executions_per_registration set_max_executions_per_registration: i64
                = "MaxExecutionsPerRegistration";
            /// Whether executions are profiled, which costs time.
            profile_executions set_profile_executions: bool = "ProfileExecutions";
            /// Whether errors come with a traceback.
            python_attempt_traceback set_python_attempt_traceback: bool
                = "PythonAttemptTraceback";
            /// Whether RedisGears downloads its Python. Fixed at load.
            download_deps set_download_deps: bool = "DownloadDeps";
            /// Where RedisGears downloads its Python from. Fixed at load.
            dependencies_url set_dependencies_url: String = "DependenciesUrl";
            /// The SHA-256 of what RedisGears downloads. Fixed at load.
            dependencies_sha256 set_dependencies_sha256: String = "DependenciesSha256";
            /// The folder for Python and for requirements. Fixed at load.
            python_installation_dir set_python_installation_dir: String
                = "PythonInstallationDir";
            /// Whether there is a virtual environment for requirements. Fixed at load.
            create_venv set_create_venv: bool = "CreateVenv";
            /// How many threads run executions. Fixed at load.
            execution_threads set_execution_threads: i64 = "ExecutionThreads";
            /// How long an execution waits for another shard, in whole milliseconds.
            execution_max_idle_time set_execution_max_idle_time: Duration
                = "ExecutionMaxIdleTime";
            /// How long the installation of requirements may take without getting on, in whole
            /// milliseconds.
            python_install_req_max_idle_time set_python_install_req_max_idle_time: Duration
                = "PythonInstallReqMaxIdleTime";
            /// How often a message to another shard is tried; 0 for no limit.
            send_msg_retries set_send_msg_retries: i64 = "SendMsgRetries";
        }
    };
}
#[cfg(feature = "aio")]
pub(crate) use settings;

macro_rules! sync_settings {
    ($(
        $(#[doc = $doc:literal])*
        $get:ident $set:ident: $type:ty = $name:literal;
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
                pub fn $get(&self) -> Result<$type> {
                    let mut at = None;
                    let values = self.gears.send_made(|server| {
                        at = Some(server);
                        request::config_get([$name])
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
    pub fn get<N: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<BTreeMap<String, ConfigValue>> {
        let mut at = None;
        let values = self.gears.send_made(|server| {
            at = Some(server);
            request::config_get(names)
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
    pub fn set<N: AsRef<str>, V: Into<ConfigValue>>(
        &self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()> {
        let mut at = None;
        let changes = self.gears.send_made(|server| {
            at = Some(server);
            request::config_set(settings)
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
