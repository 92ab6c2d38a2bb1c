//! A script for `RG.PYEXECUTE`, with all that the command takes.

pub(crate) mod extent;
mod running;
mod runtime;
mod same;
mod sent;

pub use runtime::Runtime;

use std::{borrow::Cow, fs, path::Path};

use redis::Value;
use serde::de::DeserializeOwned;

use self::extent::Extent;
use crate::{
    error::{Error, Result},
    python::spot::Spot,
    server::feature::Need,
    wire::decoder::Decoder,
};

/// Holds Python source to run on a server, with the requirements it needs.
///
/// This is the level below `#[gear_command]`: text goes to the server as it
/// is. Never build the source from values that came from outside; pass those
/// as arguments of a gear.
///
/// `T` is what its `run()` brings, one for each result: [`Value`]s as they come, unless
/// [`returning`](Self::returning) says otherwise.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
/// assert_eq!(gears.execute(&script)?.into_one()?, 1);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct Script<T = Value> {
    source: Cow<'static, str>,
    requirements: Vec<String>,
    runtime: Runtime,
    session: Session,
    /// What servers may lack.
    needs: Vec<Need>,
    extent: Extent,
    decoder: Decoder<T>,
    /// Where in Rust it was written, if it was built there.
    closed: Option<Spot>,
    /// The session that takes its place whenever it runs again, if it registers one function.
    place: Option<String>,
}

/// The options of a script that are about its session.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Session {
    id: Option<String>,
    description: Option<String>,
    upgrade: bool,
    replaces: Option<String>,
    reinstall: bool,
}

impl Script {
    /// Makes a script of Python source.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::Script;
    /// let ping = Script::from_source("execute('PING')");
    /// assert_eq!(ping.source(), "execute('PING')");
    ///
    /// // Text that is known only when the program runs is taken too; never put values into it.
    /// let read = std::fs::read_to_string("script.py").unwrap_or_default();
    /// assert!(Script::from_source(read).source().is_empty());
    /// ```
    pub fn from_source(source: impl Into<Cow<'static, str>>) -> Self {
        Self {
            source: source.into(),
            requirements: Vec::new(),
            runtime: Runtime::default(),
            session: Session::default(),
            needs: Vec::new(),
            extent: Extent::Unsaid,
            decoder: Decoder::RAW,
            closed: None,
            place: None,
        }
    }

    /// Makes a script of a file of Python source, which is read now.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when the file cannot be read or is not
    /// UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{ErrorKind, Script};
    ///
    /// let error = Script::from_file("no/such/file.py").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Configuration);
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match fs::read_to_string(path) {
            Ok(source) => Ok(Self::from_source(source)),
            Err(error) => Err(Error::configuration(format!(
                "the script {} cannot be read: {error}",
                path.display()
            ))),
        }
    }
}

impl<T> Script<T> {
    /// Says what the script's `run()` brings, one for each result.
    ///
    /// The rules are those for results of gears: text, numbers, `bool`, bytes (`Vec<u8>`) and
    /// `Option`s of them are read as they are, any other type from JSON, or from lists and
    /// numbers as the server converts them. They fit what the script returns with
    /// `convertToStr=False`, and scalars in any case.
    ///
    /// Functions of RedGrease pickle what they return. What fits no other way and is such a pickle
    /// is read as one, into the same types and without a Python; bytes (`Vec<u8>`) stay the pickle
    /// itself. [`PyValue::from_pickle`](crate::function::PyValue::from_pickle) says which pickles
    /// those are.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::collections::BTreeMap;
    /// use gears_runtime::{Gears, Script, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source(
    ///     "import json\n\
    ///      GB('ShardsIDReader').map(lambda shard: json.dumps({'shard': shard})).run()",
    /// );
    /// let shards = gears.execute(&script.returning::<BTreeMap<String, String>>())?;
    /// assert_eq!(shards.results()[0]["shard"], "1");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn returning<U: DeserializeOwned + 'static>(self) -> Script<U> {
        self.with_decoder(Decoder::typed())
    }

    /// Adds Python packages to install first, as pip spells them.
    ///
    /// The lines of a requirements file will do: blank ones and comments are passed over, and so is what was added
    /// before.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Script;
    ///
    /// let file = "# what it computes with\nnumpy>=1.26\n\n";
    /// let script = Script::from_source("import numpy").requirements(file.lines());
    /// assert_eq!(script.required(), ["numpy>=1.26"]);
    /// ```
    #[must_use]
    pub fn requirements<S: Into<String>>(
        mut self,
        requirements: impl IntoIterator<Item = S>,
    ) -> Self {
        for line in requirements.into_iter().map(Into::into) {
            if let Some(asked) = asked(&line)
                && !self.requirements.iter().any(|one| one == asked)
            {
                self.requirements.push(asked.to_owned());
            }
        }
        self
    }

    /// Says what the script is given on the server; nothing unless said.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Runtime, Script, embedded, redis};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // `cmd` on every server, as in the body of a gear.
    /// let script = Script::from_source("cmd.set('greeting', 'hello')").runtime(Runtime::Commands);
    /// gears.execute(&script)?;
    /// let mut connection = gears.client().get_connection()?;
    /// assert_eq!(redis::cmd("GET").arg("greeting").query::<String>(&mut connection)?, "hello");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Names the session: letters, digits, `_` and `-` (RedisGears 1.2.2 and later).
    ///
    /// A session that is there already is an error, unless [`upgrade`](Self::upgrade) is said.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Script, data::SessionQuery};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('CommandReader').register(trigger='echo')").session("echo-1");
    /// gears.execute(&script)?;
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new())?.sessions;
    /// assert_eq!(sessions[0].id, "echo-1");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session.id = Some(id.into());
        self
    }

    /// Describes the session, for those who list sessions (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Script, data::SessionQuery};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('CommandReader').register(trigger='echo')")
    ///     .session("echo")
    ///     .description("repeats what it is told");
    /// gears.execute(&script)?;
    /// let sessions = gears.py_dump_sessions(&SessionQuery::new())?.sessions;
    /// assert_eq!(sessions[0].description.as_deref(), Some("repeats what it is told"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.session.description = Some(description.into());
        self
    }

    /// Takes the place of the session of the same name, with all its registrations at once.
    ///
    /// RedisGears 1.2.2 and later.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Script, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source("GB('CommandReader').register(trigger='echo')")
    ///     .session("echo-1")
    ///     .description("repeats what it is told");
    /// gears.execute(&script)?;
    /// assert!(gears.execute(&script).is_err(), "the session is there already");
    /// gears.execute(&script.clone().upgrade())?;
    /// gears.execute(&script.session("echo-2").replace_with("echo-1"))?;
    /// assert_eq!(gears.dump_registrations()?.len(), 1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn upgrade(mut self) -> Self {
        self.session.upgrade = true;
        self
    }

    /// Takes the place of another session, which must be there (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let old = Script::from_source("GB('CommandReader').register(trigger='echo')").session("old");
    /// let new = Script::from_source("GB('CommandReader').register(trigger='say')").session("new");
    /// gears.execute(&old)?;
    /// gears.execute(&new.replace_with("old"))?;
    /// assert!(gears.trigger("say", [""]).is_ok());
    /// assert!(gears.trigger("echo", [""]).unwrap_err().is_unknown_trigger());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn replace_with(mut self, session: impl Into<String>) -> Self {
        self.session.replaces = Some(session.into());
        self
    }

    /// Installs requirements again that are there already (RedisGears 1.2.4 and later).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use gears_runtime::{Gears, Script};
    /// # let server_url = "redis://127.0.0.1/";
    /// let script = Script::from_source("import mine").requirements(["mine @ https://example.org/mine.zip"]);
    /// # let gears = Gears::connect(server_url)?;
    /// gears.execute(&script.force_reinstall_requirements())?; // what is behind the address has changed
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn force_reinstall_requirements(mut self) -> Self {
        self.session.reinstall = true;
        self
    }

    /// Returns the source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns what the script is given on the server.
    pub fn runtime_option(&self) -> &Runtime {
        &self.runtime
    }

    /// Returns the packages that were added, without those of the [`Runtime`].
    pub fn required(&self) -> &[String] {
        &self.requirements
    }

    /// Returns the name of the session, if it has one.
    pub fn session_id(&self) -> Option<&str> {
        self.session.id.as_deref()
    }
}

/// Returns the requirement in a line of a requirements file, as pip reads it.
fn asked(line: &str) -> Option<&str> {
    let is_comment = |(at, _): &(usize, &str)| {
        line[..*at].is_empty() || line[..*at].ends_with(char::is_whitespace)
    };
    let comment = line.match_indices('#').find(is_comment);
    let asked = line[..comment.map_or(line.len(), |(at, _)| at)].trim();
    (!asked.is_empty()).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::dialect::Dialect;

    #[test]
    fn lines_that_ask_for_nothing_are_passed_over() {
        let egg = "git+https://example.org/six.git#egg=six";
        let script = Script::from_source("x").requirements([
            "",
            " ",
            "# ours",
            "\t# ours",
            "six  # versions",
            " numpy\r",
            egg,
        ]);
        assert_eq!(script.required(), ["six", "numpy", egg]);
    }

    #[test]
    fn words_are_in_the_order_that_all_servers_take() {
        let script = Script::from_source("x")
            .requirements(["numpy"])
            .session("s2")
            .description("two")
            .upgrade()
            .replace_with("s1")
            .force_reinstall_requirements();
        assert_eq!(
            script.words(true, Dialect::RedisGears).0.join(" "),
            "x UNBLOCKING ID s2 DESCRIPTION two REPLACE_WITH s1 UPGRADE \
             FORCE_REINSTALL_REQUIREMENTS REQUIREMENTS numpy"
        );
        assert_eq!(script.needs_session(), (true, true));
        assert_eq!(Script::from_source("x").needs_session(), (false, false));
    }
}
