//! The Python side of a server: memory, requirements, sessions, plugins.

use std::fmt;

use redis::Value;

use super::{
    read::{Misfit, Read, map_reply, words},
    registration::{Registration, RegistrationId},
};
use crate::server::value::text;

map_reply! {
    /// Says how much memory Python takes, in bytes (spec section 1.16).
    ///
    /// The figures mean nothing when the setting `OverridePythonAllocators` is off.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let stats = gears.py_stats()?;
    /// println!("{} of at most {} bytes", stats.current_allocated, stats.peak_allocated);
    /// assert!(stats.current_allocated <= stats.peak_allocated);
    /// # Ok(())
    /// # }
    /// ```
    pub struct PyStats {
        /// What was allocated over time.
        pub total_allocated: i64 = "TotalAllocated",
        /// The most that was in use.
        pub peak_allocated: i64 = "PeakAllocated",
        /// What is in use.
        pub current_allocated: i64 = "CurrAllocated",
    }
}

map_reply! {
    /// Describes a requirement that a server has (spec section 10).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// for requirement in gears.py_dump_reqs()? {
    ///     println!("{}: {:?}", requirement.package(), requirement.wheels.files());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub struct PyRequirement {
        /// The version of this description: 1 in RedisGears 1.0, 2 in 1.2.
        pub gear_req_version: i64 = "GearReqVersion",
        /// The requirement as it was given.
        pub name: String = "Name",
        /// Whether it was downloaded.
        pub is_downloaded: bool = "IsDownloaded",
        /// Whether it was installed.
        pub is_installed: bool = "IsInstalled",
        /// The operating system that it was made for.
        pub compiled_os: String = "CompiledOs",
        /// Its wheels, once it was downloaded.
        pub wheels: Wheels = "Wheels",
        /// Its folder (RedisGears 1.2.4 and later).
        pub path: Option<String> = "Path",
        /// How many sessions use it (RedisGears 1.2.4 and later).
        pub ref_count: Option<i64> = "RefCount",
        /// Whether new sessions find it (RedisGears 1.2.4 and later).
        pub is_in_dictionary: Option<bool> = "IsInReqDictionary",
    }
}

impl PyRequirement {
    /// Returns the name of the package, without version and extras.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Result};
    ///
    /// /// Tells whether a server has a package, in whatever version.
    /// fn has(gears: &Gears, package: &str) -> Result<bool> {
    ///     Ok(gears.py_dump_reqs()?.iter().any(|requirement| requirement.package() == package))
    /// }
    /// # #[cfg(feature = "embedded")] {
    /// # let server = gears_runtime::embedded::Server::start()?;
    /// assert!(!has(&Gears::connect(server.url())?, "numpy")?);
    /// # }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn package(&self) -> &str {
        let end = self
            .name
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')))
            .unwrap_or(self.name.len());
        &self.name[..end]
    }
}

/// Holds the wheels of a requirement; none before it was downloaded.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::Wheels;
///
/// // None were downloaded yet, which is something else than an empty list.
/// assert_eq!(Wheels::default().files(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wheels {
    files: Option<Vec<String>>,
}

impl Wheels {
    /// Returns the file names; `None` when the requirement was not downloaded yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::PyRequirement;
    ///
    /// /// Says what a server downloaded for a requirement.
    /// fn describe(requirement: &PyRequirement) -> String {
    ///     match requirement.wheels.files() {
    ///         Some(files) => format!("{}: {}", requirement.name, files.join(", ")),
    ///         None => format!("{}: not downloaded yet", requirement.name),
    ///     }
    /// }
    /// ```
    pub fn files(&self) -> Option<&[String]> {
        self.files.as_deref()
    }
}

impl Read for Wheels {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let files = match value {
            Value::Array(_) => Some(Vec::read(value)?),
            // A sentence, that there are none yet.
            other if text(other).is_some() => None,
            other => return Err(Misfit::new("the names of wheels", other)),
        };
        Ok(Self { files })
    }
}

map_reply! {
    /// Describes a session: what one script registered (spec section 1.18).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Script, data::SessionQuery, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('person:*')").session("people"))?;
    /// let session = gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions.remove(0);
    /// assert_eq!(session.id, "people");
    /// let registration = session.registrations[0].full().expect("it was asked to be verbose");
    /// assert!(registration.watches("person:1"));
    /// # Ok(())
    /// # }
    /// ```
    pub struct Session {
        /// Its name.
        pub id: String = "ID",
        /// Its description.
        pub description: Option<String> = "sessionDescription",
        /// How much refers to it.
        pub ref_count: i64 = "refCount",
        /// Whether new calls find it.
        pub linked: SessionLink = "linked",
        /// Whether it was replaced or removed, and only executions hold it.
        pub dead: bool = "dead",
        /// Whether requirements must be installed yet.
        pub requirement_installation_needed: bool = "requirementInstallationNeeded",
        /// Its requirements.
        pub requirements: Vec<Listed<String, PyRequirement>> = "requirements",
        /// Its registrations.
        pub registrations: Vec<Listed<RegistrationId, Registration>> = "registrations",
        /// The script that made it, when that was asked for (gears-engine).
        pub source: Option<Vec<u8>> = "source",
    }
}

words! {
    /// Says whether a session is found under its name.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::SessionLink;
    ///
    /// assert_eq!(SessionLink::from("primary"), SessionLink::Primary);
    /// ```
    pub enum SessionLink {
        /// It is.
        Primary = "primary",
        /// It takes the place of another one just now. Servers spell it so.
        Temporary = "temprary",
        /// It is not.
        None = "None",
    }
}

/// Something that a server lists by its name, or in full when it was asked to be verbose.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::{Listed, PyRequirement};
///
/// let named: Listed<String, PyRequirement> = Listed::Name("numpy".to_owned());
/// assert_eq!(named.name(), Some(&"numpy".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Listed<N, T> {
    /// Its name.
    Name(N),
    /// All about it.
    Full(Box<T>),
}

impl<N, T> Listed<N, T> {
    /// Returns the name, if only that was listed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::{Listed, PyRequirement};
    ///
    /// let requirements: Vec<Listed<String, PyRequirement>> = vec![Listed::Name("numpy>=1.26".into())];
    /// let names: Vec<&String> = requirements.iter().filter_map(Listed::name).collect();
    /// assert_eq!(names, ["numpy>=1.26"]);
    /// ```
    pub fn name(&self) -> Option<&N> {
        match self {
            Self::Name(name) => Some(name),
            Self::Full(_) => None,
        }
    }

    /// Returns all about it, if that was listed.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::SessionQuery};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='ping')"))?;
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new())?.sessions;
    /// assert!(sessions[0].registrations[0].full().is_none(), "only its id was asked for");
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions;
    /// assert_eq!(sessions[0].registrations[0].full().unwrap().trigger(), Some("ping"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn full(&self) -> Option<&T> {
        match self {
            Self::Name(_) => None,
            Self::Full(full) => Some(full),
        }
    }
}

impl<N: Read, T: Read> Read for Listed<N, T> {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(_) | Value::Map(_) => {
                T::read(value).map(|full| Self::Full(Box::new(full)))
            }
            name => N::read(name).map(Self::Name),
        }
    }
}

/// Says which sessions to list, and how fully.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::SessionQuery;
///
/// let query = SessionQuery::new().verbose().only(["s1", "s2"]);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SessionQuery {
    verbose: bool,
    dead: bool,
    source: bool,
    only: Option<Vec<String>>,
}

impl SessionQuery {
    /// Asks for all sessions that new calls find, with requirements and registrations by name.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::data::SessionQuery;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// assert!(gears.py_dump_sessions(&SessionQuery::new())?.sessions.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for requirements and registrations in full.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::SessionQuery};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// for session in gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions {
    ///     for registration in session.registrations.iter().filter_map(|listed| listed.full()) {
    ///         assert_eq!(registration.reader, "KeysReader");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn verbose(mut self) -> Self {
        self.verbose = true;
        self
    }

    /// Asks for sessions that were replaced or removed, and that executions still hold.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::data::SessionQuery;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // What still holds memory, although no new call finds it.
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new().dead())?.sessions;
    /// assert!(sessions.iter().all(|session| session.dead));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dead(mut self) -> Self {
        self.dead = true;
        self
    }

    /// Asks for the scripts that made the sessions too; only gears-engine tells them.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Script, data::SessionQuery, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let source = "GB().register('person:*')";
    /// gears.execute(&Script::from_source(source).session("people"))?;
    /// let session = gears.py_dump_sessions(&SessionQuery::new().source())?.sessions.remove(0);
    /// assert_eq!(session.source.as_deref(), Some(source.as_bytes()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn source(mut self) -> Self {
        self.source = true;
        self
    }

    /// Asks for these only.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::SessionQuery};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// let listed = gears.py_dump_sessions(&SessionQuery::new().only(["users", "nobody"]))?;
    /// assert_eq!(listed.sessions[0].id, "users");
    /// assert_eq!(listed.missing.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn only<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.only
            .get_or_insert_default()
            .extend(ids.into_iter().map(Into::into));
        self
    }

    /// Returns the words of the command.
    pub(crate) fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        if self.verbose {
            words.push("VERBOSE");
        }
        if self.dead {
            words.push("DEAD");
        }
        if self.source {
            words.push("SOURCE");
        }
        if let Some(only) = &self.only {
            words.push("SESSIONS");
            words.extend(only.iter().map(String::as_str));
        }
        words
    }
}

/// Holds the sessions that were asked for.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Script, data::SessionQuery};
/// # use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
/// let listed = gears.py_dump_sessions(&SessionQuery::new())?;
/// for session in &listed.sessions {
///     println!("{} holds {} registrations", session.id, session.registrations.len());
/// }
/// assert!(listed.missing.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub struct Sessions {
    /// Those that there are.
    pub sessions: Vec<Session>,
    /// What the server said about those that there are not, one sentence each.
    pub missing: Vec<String>,
}

impl Read for Sessions {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let mut sessions = Self::default();
        for listed in Vec::<Listed<String, Session>>::read(value)? {
            match listed {
                Listed::Name(sentence) => sessions.missing.push(sentence),
                Listed::Full(session) => sessions.sessions.push(*session),
            }
        }
        Ok(sessions)
    }
}

/// Holds a requirement as it travels to another server (spec section 1.20).
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, Result};
///
/// /// Brings a package from one server to another, which need not reach the internet.
/// fn carry(package: &str, from: &Gears, to: &Gears) -> Result<()> {
///     let exported = from.py_export_req(package)?;
///     println!("{} in {} chunks", exported.requirement.name, exported.chunks.len());
///     to.py_import_req(&exported.chunks)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExportedRequirement {
    /// What it is.
    pub requirement: PyRequirement,
    /// The requirement itself, for `RG.PYIMPORTREQ`.
    pub chunks: Vec<Vec<u8>>,
}

impl Read for ExportedRequirement {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(parts) if parts.len() == 2 => Ok(Self {
                requirement: Read::read(&parts[0]).map_err(|misfit: Misfit| misfit.at(0))?,
                chunks: Read::read(&parts[1]).map_err(|misfit: Misfit| misfit.at(1))?,
            }),
            _ => Err(Misfit::new("a requirement and its chunks", value)),
        }
    }
}

/// Names a plugin of a server (spec section 1.21).
///
/// # Examples
///
/// ```
/// use gears_runtime::redis::{Value, from_redis_value};
/// use gears_runtime::data::Plugin;
///
/// let reply = Value::Array(vec![Value::SimpleString("GearsPy".to_owned()), Value::Int(10206)]);
/// let plugin: Plugin = from_redis_value(reply)?;
/// assert_eq!(plugin.to_string(), "GearsPy 1.2.6");
/// # Ok::<(), gears_runtime::redis::ParsingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version: `10000` is 1.0.0.
    pub version: i64,
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version;
        write!(
            f,
            "{} {}.{}.{}",
            self.name,
            version / 10000,
            version / 100 % 100,
            version % 100
        )
    }
}

impl Read for Plugin {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(parts) if parts.len() == 2 => Ok(Self {
                name: Read::read(&parts[0]).map_err(|misfit: Misfit| misfit.at(0))?,
                version: Read::read(&parts[1]).map_err(|misfit: Misfit| misfit.at(1))?,
            }),
            _ => Err(Misfit::new("a name and a version", value)),
        }
    }
}
