//! What kind of server is at the other end, and what it can do.

use std::fmt;

use redis::{Cmd, Value};

use super::{
    dialect::{ALLOW_QUESTION, Dialect, LOAD_MODULE},
    value::{came, raw_text},
    version::ModuleVersion,
};
use crate::error::{Error, Result};

impl Dialect {
    /// Makes the command whose reply tells the dialects apart.
    ///
    /// RedisGears has no settings of these names and answers with errors inside
    /// the array; a server without a module does not know the command.
    pub(crate) fn question() -> Cmd {
        let mut command = redis::cmd("RG.CONFIGGET");
        command
            .arg("EngineVersion")
            .arg("ClusterProtocol")
            .arg("ServesVersions")
            .arg("ServesFunctions");
        command
    }

    /// Reads the reply to [`question`](Self::question).
    ///
    /// # Errors
    ///
    /// A server that refuses everything, such as one that wants a password, is an error.
    pub(crate) fn from_reply(reply: &Value) -> Result<Self> {
        match reply {
            Value::Array(values) => match values.first() {
                Some(Value::BulkString(_) | Value::SimpleString(_)) => Ok(Self::Engine),
                _ => Ok(Self::RedisGears),
            },
            Value::ServerError(error) => {
                let raw = raw_text(error);
                if raw.starts_with("ERR unknown command") {
                    Ok(Self::Plain)
                } else if raw.starts_with("NOPERM") {
                    Ok(Self::Unknown)
                } else {
                    Err(Error::from_server(error, "", &[]))
                }
            }
            other => Err(Error::unexpected("strange reply to RG.CONFIGGET", other)),
        }
    }
}

/// Holds what is known about a server when gears are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) version: Option<ModuleVersion>,
    /// Whether the shards of its cluster share their registrations and run functions together: what is done on
    /// one is done on all.
    pub(crate) shares: bool,
    /// Whether it keeps several versions of a function under one trigger.
    pub(crate) versions: bool,
    /// Whether its own functions, those of `FCALL`, can be in Python.
    pub(crate) functions: bool,
}

impl Server {
    /// Makes the commands whose replies tell what is at the other end, for one round trip.
    pub(crate) fn questions() -> [Cmd; 2] {
        let mut modules = redis::cmd("MODULE");
        modules.arg("LIST");
        [Dialect::question(), modules]
    }

    /// Reads the replies to [`questions`](Self::questions), whatever is at the other end.
    ///
    /// # Errors
    ///
    /// A server that refuses everything, such as one that wants a password, is an error.
    pub(crate) fn from_answers(question: &Value, modules: &Value) -> Result<Self> {
        Ok(Self {
            dialect: Dialect::from_reply(question)?,
            version: ModuleVersion::from_module_list(modules),
            shares: is_at_least_one(question, 1),
            versions: is_at_least_one(question, 2),
            functions: is_at_least_one(question, 3),
        })
    }

    /// Tells whether it lacks what `since` brought; not when its version is unknown.
    pub(crate) fn is_older(self, since: ModuleVersion) -> bool {
        self.dialect == Dialect::RedisGears && self.version.is_some_and(|version| version < since)
    }

    /// Reads the replies to [`Dialect::question`] and `MODULE LIST`.
    ///
    /// # Errors
    ///
    /// A server without a module, or one that does not tell, is an error.
    pub(crate) fn from_replies(question: &Value, modules: &Value) -> Result<Self> {
        let dialect = Dialect::from_reply(question)?;
        match dialect {
            Dialect::Engine | Dialect::RedisGears => Ok(Self {
                dialect,
                version: ModuleVersion::from_module_list(modules),
                shares: is_at_least_one(question, 1),
                versions: is_at_least_one(question, 2),
                functions: is_at_least_one(question, 3),
            }),
            Dialect::Plain => Err(Error::lacks(
                "registering gears",
                dialect.to_string(),
                LOAD_MODULE,
            )),
            Dialect::Unknown => Err(Error::lacks(
                "registering gears",
                format!("{dialect} ({})", came(question)),
                ALLOW_QUESTION,
            )),
        }
    }

    /// Tells whether sessions can be named and replaced.
    pub(crate) fn has_sessions(self) -> bool {
        self.dialect == Dialect::Engine || self.version >= Some(ModuleVersion::SESSIONS)
    }

    /// Tells whether a function can have a name of its own beside the trigger: as a version, or registered twice.
    pub(crate) fn has_pinned(self) -> bool {
        self.versions || self.dialect == Dialect::RedisGears
    }

    /// Tells whether calls can be routed by a key.
    pub(crate) fn has_trigger_on_key(self) -> bool {
        // Both came with the same version.
        self.has_sessions()
    }

    /// Tells whether gears can be coroutines.
    pub(crate) fn has_coroutines(self) -> bool {
        self.is_any_of(|version| version >= ModuleVersion::COROUTINES)
    }

    /// Tells whether calls of one gear can run one after another.
    pub(crate) fn has_order(self) -> bool {
        self.is_any_of(ModuleVersion::has_order)
    }

    /// Tells whether gears can stand in for commands, and be linked to their clients.
    pub(crate) fn has_hooks(self) -> bool {
        self.is_any_of(|version| version >= ModuleVersion::COROUTINES)
    }

    /// Tells whether a gear can have a deadline of its own.
    pub(crate) fn has_timeouts(self) -> bool {
        self.dialect == Dialect::Engine
    }

    /// Tells whether a run can stay on the shard that is asked.
    pub(crate) fn has_local_runs(self) -> bool {
        self.is_any_of(|version| version >= ModuleVersion::LOCAL_RUNS)
    }

    fn is_any_of(self, versions: impl FnOnce(ModuleVersion) -> bool) -> bool {
        // Without leave to list the modules, hope.
        self.dialect == Dialect::Engine || self.version.is_none_or(versions)
    }
}

/// Tells whether a setting in a reply to [`Dialect::question`] is set: a protocol in which shards talk, say.
fn is_at_least_one(question: &Value, place: usize) -> bool {
    match question {
        Value::Array(values) => matches!(values.get(place), Some(Value::Int(1..))),
        _ => false,
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.dialect, self.version) {
            (Dialect::RedisGears, Some(version)) => write!(f, "RedisGears {version}"),
            (dialect, _) => dialect.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(resp: &str) -> Value {
        redis::parse_redis_value(resp.as_bytes()).unwrap()
    }

    #[test]
    fn servers_are_told_apart() {
        for (resp, dialect) in [
            ("*1\r\n$5\r\n0.1.0\r\n", Dialect::Engine),
            (
                "*1\r\n-(error) Unsupported config parameter: EngineVersion\r\n",
                Dialect::RedisGears,
            ),
            (
                "-ERR unknown command 'RG.CONFIGGET', with args\r\n",
                Dialect::Plain,
            ),
            ("-NOPERM this user has no permissions\r\n", Dialect::Unknown),
        ] {
            assert_eq!(
                Dialect::from_reply(&reply(resp)).unwrap(),
                dialect,
                "{resp}"
            );
        }
        let shares = |resp| {
            Server::from_answers(&reply(resp), &Value::Nil)
                .unwrap()
                .shares
        };
        assert!(shares("*2\r\n$5\r\n0.1.0\r\n:1\r\n"), "a node of a cluster");
        for resp in [
            "*2\r\n$5\r\n0.1.0\r\n:0\r\n",
            "*2\r\n$5\r\n0.1.0\r\n-(error) Unsupported config parameter: ClusterProtocol\r\n",
            "-NOPERM this user has no permissions\r\n",
        ] {
            assert!(!shares(resp), "{resp}");
        }
        assert!(Dialect::from_reply(&reply("-NOAUTH Authentication required.\r\n")).is_err());
    }

    #[test]
    fn version_is_found_among_modules() {
        let list = reply(
            "*2\r\n*4\r\n$4\r\nname\r\n$2\r\nbf\r\n$3\r\nver\r\n:1\r\n\
             *6\r\n$4\r\nname\r\n$2\r\nrg\r\n$3\r\nver\r\n:10006\r\n$4\r\npath\r\n$1\r\nx\r\n",
        );
        let server = Server {
            dialect: Dialect::RedisGears,
            version: ModuleVersion::from_module_list(&list),
            shares: false,
            versions: false,
            functions: false,
        };
        assert_eq!(server.to_string(), "RedisGears 1.0.6");
        assert!(!server.has_sessions());
        assert!(!server.has_coroutines());
    }
}
