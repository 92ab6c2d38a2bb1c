//! What is asked about sessions.

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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// assert!(gears.py_dump_sessions(&SessionQuery::new())?.sessions.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// for session in gears.py_dump_sessions(&SessionQuery::new().verbose())?.sessions {
    ///     for registration in session.registrations.iter().filter_map(|listed| listed.full()) {
    ///         assert_eq!(registration.reader, "KeysReader");
    ///     }
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // What still holds memory, although no new call finds it.
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new().dead())?.sessions;
    /// assert!(sessions.iter().all(|session| session.dead));
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let source = "GB().register('person:*')";
    /// gears.execute(&Script::from_source(source).session("people"))?;
    /// let session = gears.py_dump_sessions(&SessionQuery::new().source())?.sessions.remove(0);
    /// assert_eq!(session.source.as_deref(), Some(source.as_bytes()));
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// let listed = gears.py_dump_sessions(&SessionQuery::new().only(["users", "nobody"]))?;
    /// assert_eq!(listed.sessions[0].id, "users");
    /// assert_eq!(listed.missing.len(), 1);
    /// # Ok::<(), gears_runtime::Error>(())
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
