//! The settings of a server, each with its type.

use std::{collections::BTreeMap, time::Duration};

use redis::{Client, ConnectionAddr, IntoConnectionInfo as _};

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;

use crate::{
    command::request,
    data::{ClusterInfo, ConfigChange, ConfigValue, ShardInfo},
    error::{Error, Result},
    gears::{Gears, GearsBuilder},
    server::Server,
};

/// The settings of the shard that a [`Gears`] talks to, made by [`Gears::config`].
///
/// There is a getter and a setter for each setting of RedisGears; [`get`](Self::get) and
/// [`set`](Self::set) are for several at once and for those of scripts (`configGet`). A setting
/// that is fixed when the module is loaded cannot be set: the error is
/// [`Unsupported`](crate::ErrorKind::Unsupported) and says where to put it.
///
/// Each shard of a cluster has settings of its own; [`all_shards`](Self::all_shards) has them all.
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

/// The id of a shard that is alone.
const ALONE: &str = "0000000000000000000000000000000000000000";

/// Returns how to connect to each shard; `None` for the one that is connected already.
fn shards(
    gears: &Gears,
    cluster: Option<&ClusterInfo>,
) -> Result<Vec<(String, Option<GearsBuilder>)>> {
    let Some(cluster) = cluster else {
        return Ok(vec![(ALONE.to_owned(), None)]);
    };
    cluster
        .shards
        .iter()
        .map(|shard| {
            let builder = if shard.id == cluster.my_id {
                None
            } else {
                Some(gears.builder_for(client_of(gears.client(), shard)?))
            };
            Ok((shard.id.clone(), builder))
        })
        .collect()
}

/// Makes a client for a shard, like the one for the shard that is known.
fn client_of(client: &Client, shard: &ShardInfo) -> Result<Client> {
    let wrong = |why: String| {
        Error::configuration(format!(
            "the shard {} cannot be connected to: {why}",
            shard.id
        ))
    };
    let port = u16::try_from(shard.port).map_err(|_| wrong(format!("port {}", shard.port)))?;
    let host = shard.ip.clone();
    let known = client.get_connection_info();
    let address = match known.addr() {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    known
        .clone()
        .set_addr(address)
        .into_connection_info()
        .and_then(Client::open)
        .map_err(|error| wrong(error.to_string()))
}

/// A type that a setting is read as and written from.
pub(crate) trait Held: Sized {
    const EXPECTED: &'static str;
    fn held(value: &ConfigValue) -> Option<Self>;
    fn hold(self) -> ConfigValue;
}

impl Held for i64 {
    const EXPECTED: &'static str = "a number";

    fn held(value: &ConfigValue) -> Option<Self> {
        value.as_int()
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Int(self)
    }
}

impl Held for bool {
    const EXPECTED: &'static str = "0 or 1";

    fn held(value: &ConfigValue) -> Option<Self> {
        // Any number but 0 is on.
        value.as_int().map(|int| int != 0)
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::from(self)
    }
}

impl Held for Duration {
    const EXPECTED: &'static str = "milliseconds";

    fn held(value: &ConfigValue) -> Option<Self> {
        let milliseconds = u64::try_from(value.as_int()?).ok()?;
        Some(Self::from_millis(milliseconds))
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Int(i64::try_from(self.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Held for String {
    const EXPECTED: &'static str = "text";

    fn held(value: &ConfigValue) -> Option<Self> {
        Some(value.to_string())
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Text(self)
    }
}

/// Reads one setting out of a reply.
fn held<T: Held>(
    name: &'static str,
    values: &BTreeMap<String, Option<ConfigValue>>,
    server: Option<Server>,
) -> Result<T> {
    let value = values
        .get(name)
        .and_then(Option::as_ref)
        .ok_or_else(|| lacks(name, server))?;
    T::held(value).ok_or_else(|| Error::setting(name, T::EXPECTED, value))
}

/// Takes the values out of a reply in which all must be there.
fn all_there(
    values: BTreeMap<String, Option<ConfigValue>>,
    server: Option<Server>,
) -> Result<BTreeMap<String, ConfigValue>> {
    values
        .into_iter()
        .map(|(name, value)| match value {
            Some(value) => Ok((name, value)),
            None => Err(lacks(&name, server)),
        })
        .collect()
}

/// Makes an error of the first setting that was refused.
fn all_set(changes: &BTreeMap<String, ConfigChange>, server: Option<Server>) -> Result<()> {
    let refused = changes.iter().find_map(|(name, change)| match change {
        ConfigChange::Refused(why) => Some((name, why)),
        ConfigChange::Set | ConfigChange::SetForScripts => None,
    });
    let Some((name, why)) = refused else {
        return Ok(());
    };
    if why.contains("at runtime") {
        return Err(Error::lacks(
            format!("changing the setting {name} while the server runs"),
            named(server),
            "put name and value behind the module's file where it is loaded: \
             `loadmodule <file> <name> <value>`",
        ));
    }
    Err(Error::from_command(why, "RG.CONFIGSET"))
}

fn lacks(name: &str, server: Option<Server>) -> Error {
    Error::lacks(
        format!("the setting {name}"),
        named(server),
        "it belongs to another version; `Gears::config_get` tells which there are",
    )
}

fn named(server: Option<Server>) -> String {
    match server {
        Some(server) => server.to_string(),
        None => "this server".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(resp: &str) -> ClusterInfo {
        let reply = redis::parse_redis_value(resp.as_bytes()).unwrap();
        ClusterInfo::read_reply(&reply).unwrap().unwrap()
    }

    fn shard(id: &str, port: i64) -> String {
        format!(
            "*16\r\n$2\r\nid\r\n$1\r\n{id}\r\n$2\r\nip\r\n$9\r\n127.0.0.2\r\n$4\r\nport\r\n\
             :{port}\r\n$10\r\nunixSocket\r\n$4\r\nNone\r\n$5\r\nrunid\r\n$-1\r\n\
             $8\r\nminHslot\r\n:0\r\n$8\r\nmaxHslot\r\n:5460\r\n$15\r\npendingMessages\r\n:0\r\n"
        )
    }

    fn two(port: i64) -> ClusterInfo {
        cluster(&format!(
            "*5\r\n$4\r\nMyId\r\n$1\r\na\r\n$7\r\nMyRunId\r\n$1\r\nr\r\n*2\r\n{}{}",
            shard("a", 7000),
            shard("b", port)
        ))
    }

    #[test]
    fn other_shards_are_connected_to_with_the_same_user() {
        let gears = Gears::builder("redis://user:secret@127.0.0.1:7000/")
            .unwrap()
            .build();
        let shards = shards(&gears, Some(&two(7001))).unwrap();
        assert!(shards[0].1.is_none(), "this one is connected already");
        let other = shards[1].1.as_ref().unwrap().clone().build();
        let info = other.client().get_connection_info();
        assert_eq!(info.addr().to_string(), "127.0.0.2:7001");
        assert_eq!(info.redis_settings().password(), Some("secret"));
    }

    #[test]
    fn address_that_makes_no_sense_is_told() {
        let gears = Gears::builder("redis://127.0.0.1/").unwrap().build();
        let error = shards(&gears, Some(&two(70001))).unwrap_err();
        assert!(error.to_string().contains("port 70001"), "{error}");
    }

    #[test]
    fn server_that_is_alone_is_its_only_shard() {
        let gears = Gears::builder("redis://127.0.0.1/").unwrap().build();
        let shards = shards(&gears, None).unwrap();
        assert_eq!(shards[0].0, ALONE);
    }
}
