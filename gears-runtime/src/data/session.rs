//! Sessions, and what they hold.

use redis::Value;

use super::{
    read::{Misfit, Read, map_reply, words},
    registration::{Registration, RegistrationId},
    requirement::PyRequirement,
};

map_reply! {
    /// Describes a session: what one script registered (spec section 1.18).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Script, data::SessionQuery, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('person:*')").session("people"))?;
    /// let session = gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions.remove(0);
    /// assert_eq!(session.id, "people");
    /// let registration = session.registrations[0].full().expect("it was asked to be verbose");
    /// assert!(registration.watches("person:1"));
    /// # Ok::<(), gears_runtime::Error>(())
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

/// Holds the sessions that were asked for.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Script, data::SessionQuery};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
/// let listed = gears.py_dump_sessions(&SessionQuery::new())?;
/// for session in &listed.sessions {
///     println!("{} holds {} registrations", session.id, session.registrations.len());
/// }
/// assert!(listed.missing.is_empty());
/// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='ping')"))?;
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new())?.sessions;
    /// assert!(sessions[0].registrations[0].full().is_none(), "only its id was asked for");
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions;
    /// assert_eq!(sessions[0].registrations[0].full().unwrap().trigger(), Some("ping"));
    /// # Ok::<(), gears_runtime::Error>(())
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
