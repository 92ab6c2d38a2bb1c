//! Everything that can go wrong, as one opaque error.

use std::{error::Error as StdError, fmt, time::Duration};

use redis::{RedisError, ServerError};

use crate::{
    call::called::Called,
    data::Misfit,
    gear::descriptor::Gear,
    python::spot::Spot,
    wire::reply::{Details, Mismatch},
};

pub(crate) mod detail;
mod obstacle;

use detail::Detail;
pub use detail::{DecodeError, DuplicateTrigger, PythonError, RequirementError, UnsupportedError};
pub(crate) use obstacle::Obstacle;

/// The result of whatever talks to a server; `E` is [`Error`] unless said otherwise.
///
/// # Examples
///
/// ```
/// use gears_runtime::{ErrorKind, Gears, Result};
///
/// fn connect() -> Result<Gears> {
///     Gears::connect("no://url")
/// }
///
/// assert_eq!(connect().unwrap_err().kind(), ErrorKind::Configuration);
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says why a call or a registration failed.
///
/// The kind says what to do about it, the accessors tell the particulars, and
/// [`raw`](Self::raw) returns the server's own words, whatever was made of them.
///
/// Printed with `{}`, an exception of a gear reads as Python prints it, with the places of the
/// Rust source. `{:#}`, and `{:?}` too, add the trigger, the types of its arguments and the
/// server.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Python => {
///             let python = error.python().unwrap();
///             format!("fix the {} in {}", python.exception(), python.trigger())
///         }
///         ErrorKind::UnknownTrigger | ErrorKind::NotBound => "call register_all first".into(),
///         ErrorKind::Connection | ErrorKind::Timeout => "try again".into(),
///         _ => error.to_string(),
///     }
/// }
/// ```
pub struct Error {
    // Boxed, so that `Result`s stay small.
    repr: Box<Repr>,
}

struct Repr {
    detail: Detail,
    obstacle: Option<Obstacle>,
    raw: Option<String>,
    called: Option<Called>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Says what kind of failure an [`Error`] is.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Error, ErrorKind};
///
/// /// Tells whether the same call may go well in a moment.
/// fn is_passing(error: &Error) -> bool {
///     matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout)
/// }
///
/// # let error = gears_runtime::Gears::connect("unix:///no/such.sock").unwrap_err();
/// assert!(is_passing(&error), "nobody listens there yet");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The Python code raised; [`Error::python`] has the traceback.
    Python,
    /// The result does not fit the declared type; [`Error::decode_error`] says why.
    Decode,
    /// An argument cannot travel to this server.
    Encode,
    /// The server has no function under the trigger.
    UnknownTrigger,
    /// The trigger holds a different function; [`Error::duplicate`] names both.
    DuplicateTrigger,
    /// A Python package could not be installed; [`Error::requirement`] has pip's words.
    Requirement,
    /// A stub was called before `register_all` bound a connection.
    NotBound,
    /// The server refused for a reason of its own.
    Server,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// The server did not answer in time.
    Timeout,
    /// The server lacks something; [`Error::unsupported`] says what.
    Unsupported,
    /// A URL, a path or an option makes no sense.
    Configuration,
}

impl Error {
    fn new(detail: Detail) -> Self {
        Self {
            repr: Box::new(Repr {
                detail,
                obstacle: None,
                raw: None,
                called: None,
                source: None,
            }),
        }
    }

    fn with_raw(mut self, raw: impl Into<String>) -> Self {
        self.repr.raw = Some(raw.into());
        self
    }

    /// Keeps the text of an error reply, and what it says is in the way.
    fn with_reply(self, raw: &str) -> Self {
        self.with_obstacle(Obstacle::of_reply(raw)).with_raw(raw)
    }

    /// Says what is in the way.
    pub(crate) fn with_obstacle(mut self, obstacle: Option<Obstacle>) -> Self {
        self.repr.obstacle = obstacle;
        self
    }

    fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.repr.source = Some(source.into());
        self
    }

    /// Returns what kind of failure it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, ErrorKind, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR Could not satisfy requirements"));
    /// assert_eq!(error.kind(), ErrorKind::Requirement);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match &self.repr.detail {
            Detail::Python(_) => ErrorKind::Python,
            Detail::Decode(_) => ErrorKind::Decode,
            Detail::Encode { .. } => ErrorKind::Encode,
            Detail::UnknownTrigger { .. } => ErrorKind::UnknownTrigger,
            Detail::DuplicateTrigger(_) => ErrorKind::DuplicateTrigger,
            Detail::Requirement(_) => ErrorKind::Requirement,
            Detail::NotBound { .. } => ErrorKind::NotBound,
            Detail::Server { .. } => ErrorKind::Server,
            Detail::Connection { .. } => ErrorKind::Connection,
            Detail::Timeout { .. } => ErrorKind::Timeout,
            Detail::Unsupported(_) => ErrorKind::Unsupported,
            Detail::Configuration { .. } => ErrorKind::Configuration,
        }
    }

    /// Tells whether the Python code raised.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// use gears_runtime::{function::{CommandReader, PyValue}, py};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// CommandReader::new().apply(py!("lambda age: int(age)")).register_trigger("age").on(&gears)?;
    /// assert!(gears.trigger("age", ["old"]).unwrap_err().is_python());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_python(&self) -> bool {
        self.kind() == ErrorKind::Python
    }

    /// Tells whether the result did not fit the declared type.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let result = ExecutionResult::from(vec![Value::BulkString(b"many".to_vec())]);
    /// assert!(result.decode::<i64>().unwrap_err().is_decode());
    /// ```
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }

    /// Tells whether the server has no function under the trigger.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let error = gears.trigger("nobody_registered_this", ["1"]).unwrap_err();
    /// assert!(error.is_unknown_trigger());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_unknown_trigger(&self) -> bool {
        self.kind() == ErrorKind::UnknownTrigger
    }

    /// Tells whether the trigger holds a different function.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let ours = CommandReader::new().apply(py!("lambda: 1")).register_trigger("next");
    /// let theirs = CommandReader::new().apply(py!("lambda: 2")).register_trigger("next");
    /// theirs.on(&gears)?;
    /// assert!(ours.on(&gears).unwrap_err().is_duplicate_trigger());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_duplicate_trigger(&self) -> bool {
        self.kind() == ErrorKind::DuplicateTrigger
    }

    /// Tells whether a Python package could not be installed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR Could not satisfy requirements"));
    /// assert!(error.is_requirement());
    /// ```
    pub fn is_requirement(&self) -> bool {
        self.kind() == ErrorKind::Requirement
    }

    /// Tells whether a stub was called before `register_all`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Result, gear_command};
    ///
    /// #[gear_command]
    /// fn called_too_early() -> Result<i64> {
    ///     "return 1"
    /// }
    ///
    /// assert!(called_too_early().unwrap_err().is_not_bound());
    /// ```
    pub fn is_not_bound(&self) -> bool {
        self.kind() == ErrorKind::NotBound
    }

    /// Tells whether the server refused for a reason of its own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // Nothing is registered under this id.
    /// let error = gears.unregister("1dcb0f4a-7").unwrap_err();
    /// assert!(error.is_server());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_server(&self) -> bool {
        self.kind() == ErrorKind::Server
    }

    /// Tells whether the server could not be reached or the connection broke.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Gears;
    ///
    /// let error = Gears::connect("unix:///no/such.sock").unwrap_err();
    /// assert!(error.is_connection());
    /// ```
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Tells whether the server did not answer in time.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::{function::PythonReader, gear_fn};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// #[gear_fn]
    /// fn slowly() -> i64 {
    ///     r#"
    ///     import time
    ///     time.sleep(1)
    ///     yield 1
    ///     "#
    /// }
    ///
    /// let execution = PythonReader::new(slowly).run().spawn_on(&gears)?;
    /// assert!(execution.wait(Duration::from_millis(10)).unwrap_err().is_timeout());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Tells whether the server lacks what was asked for.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::plain()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert!(gears.trigger("greet", ["Ada"]).unwrap_err().is_unsupported(), "it has no module");
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_unsupported(&self) -> bool {
        self.kind() == ErrorKind::Unsupported
    }

    /// Returns what Python said, when it raised.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = ExecutionError::from("Error type: <class 'ValueError'>, Value: too old");
    /// let error = Error::from(error);
    /// let python = error.python().unwrap();
    /// assert_eq!((python.exception(), python.message()), ("ValueError", "too old"));
    /// ```
    pub fn python(&self) -> Option<&PythonError> {
        match &self.repr.detail {
            Detail::Python(python) => Some(python),
            _ => None,
        }
    }

    /// Returns which value did not fit which type.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let result = ExecutionResult::from(vec![Value::Int(1), Value::Int(300)]);
    /// let error = result.decode::<u8>().unwrap_err();
    /// let decode = error.decode_error().unwrap();
    /// assert_eq!(decode.path(), "results[1]");
    /// assert_eq!(decode.reply(), &Value::Int(300));
    /// ```
    pub fn decode_error(&self) -> Option<&DecodeError> {
        match &self.repr.detail {
            Detail::Decode(decode) => Some(decode),
            _ => None,
        }
    }

    /// Returns the two functions that claim one trigger.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let greeting = |name: &str| {
    ///     let hello = py!("lambda: 'hello ' + name", name = name);
    ///     CommandReader::new().apply(hello).description(format!("Greets {name}."))
    /// };
    /// greeting("Bob").register_trigger("greet").on(&gears)?;
    /// let error = greeting("Ada").register_trigger("greet").on(&gears).unwrap_err();
    /// assert!(error.duplicate().unwrap().theirs().contains("Greets Bob."));
    /// # Ok(())
    /// # }
    /// ```
    pub fn duplicate(&self) -> Option<&DuplicateTrigger> {
        match &self.repr.detail {
            Detail::DuplicateTrigger(duplicate) => Some(duplicate),
            _ => None,
        }
    }

    /// Returns which requirements could not be installed.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source("GB().run()").requirements(["./no/such/package"]);
    /// let error = gears.execute(&script).unwrap_err();
    /// assert_eq!(error.requirement().unwrap().requirements(), ["./no/such/package"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn requirement(&self) -> Option<&RequirementError> {
        match &self.repr.detail {
            Detail::Requirement(requirement) => Some(requirement),
            _ => None,
        }
    }

    /// Returns what the server lacks.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::plain()?;
    /// let error = Gears::connect(server.url())?.trigger("greet", ["Ada"]).unwrap_err();
    /// assert_eq!(error.unsupported().unwrap().feature(), "RG.TRIGGER");
    /// # Ok(())
    /// # }
    /// ```
    pub fn unsupported(&self) -> Option<&UnsupportedError> {
        match &self.repr.detail {
            Detail::Unsupported(unsupported) => Some(unsupported),
            _ => None,
        }
    }

    /// Returns the trigger that the error is about, when it is about one.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let error = gears.trigger("greet", ["Ada"]).unwrap_err();
    /// assert_eq!(error.trigger(), Some("greet"));
    /// let error = Gears::connect("unix:///no/such.sock").unwrap_err();
    /// assert_eq!(error.trigger(), None, "it is about no function");
    /// # Ok(())
    /// # }
    /// ```
    pub fn trigger(&self) -> Option<&str> {
        let trigger = match &self.repr.detail {
            Detail::Python(python) => &python.trigger,
            Detail::UnknownTrigger { trigger } | Detail::NotBound { trigger } => trigger,
            Detail::DuplicateTrigger(duplicate) => &duplicate.trigger,
            Detail::Requirement(requirement) => &requirement.trigger,
            _ => return None,
        };
        (!trigger.is_empty()).then_some(trigger)
    }

    /// Returns the text of the server's error reply, exactly as it came.
    ///
    /// A reply that is no error but does not fit is in [`DecodeError::reply`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let error = gears.trigger("greet", ["Ada"]).unwrap_err();
    /// assert_eq!(error.raw(), Some("ERR subcommand not found"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self) -> Option<&str> {
        self.repr.raw.as_deref()
    }
}

/// Constructors for the rest of the crate.
impl Error {
    /// Reads the error reply of a call of `trigger`, or of a script when that is empty.
    pub(crate) fn from_server(error: &ServerError, trigger: &str, requirements: &[&str]) -> Self {
        Self::from_raw(&raw_text(error), trigger, requirements)
    }

    /// Reads the text of an error that Python or the server wrote.
    pub(crate) fn from_raw(raw: &str, trigger: &str, requirements: &[&str]) -> Self {
        Self::new(Detail::from_raw(raw, trigger, requirements)).with_reply(raw)
    }

    /// Reads the error reply to a command that runs no Python.
    pub(crate) fn from_command(raw: &str, command: &str) -> Self {
        Self::new(Detail::from_refusal(raw, command)).with_reply(raw)
    }

    /// Wraps a failure of the connection; `after` is the time that was given.
    pub(crate) fn from_redis(error: RedisError, what: fmt::Arguments<'_>, after: Duration) -> Self {
        Self::from_connection(error, what, Some(after))
    }

    /// Wraps a failure of a connection whose timeouts are known, or somebody else's.
    pub(crate) fn from_connection(
        error: RedisError,
        what: fmt::Arguments<'_>,
        after: Option<Duration>,
    ) -> Self {
        let detail = if error.is_timeout() {
            Detail::Timeout {
                what: what.to_string(),
                after,
            }
        } else if matches!(error.kind(), redis::ErrorKind::InvalidClientConfig) {
            Detail::Configuration {
                message: error.to_string(),
            }
        } else if matches!(
            error.kind(),
            redis::ErrorKind::AuthenticationFailed
                | redis::ErrorKind::Server(_)
                | redis::ErrorKind::Extension
        ) {
            Detail::Server {
                message: format!("{what} failed: {error}"),
            }
        } else {
            Detail::Connection {
                message: format!("{what} failed: {error}"),
            }
        };
        Self::new(detail)
            .with_obstacle(Obstacle::of_connection(&error))
            .with_source(error)
    }

    /// Says what was called, where Python raised.
    pub(crate) fn within(mut self, called: impl FnOnce() -> Called) -> Self {
        if self.is_python() {
            self.repr.called = Some(called());
        }
        self
    }

    /// Says where in Rust the script was closed that Python raised in.
    pub(crate) fn closed_at(mut self, spot: Option<&Spot>) -> Self {
        if let (Detail::Python(python), Some(spot)) = (&mut self.repr.detail, spot) {
            python.traceback = std::mem::take(&mut python.traceback).closed_at(spot);
        }
        self
    }

    /// Makes the same error for another call that it befell; the cause stays with the first.
    pub(crate) fn again(&self) -> Self {
        let mut error = Self::new(self.repr.detail.clone());
        error.repr.obstacle = self.repr.obstacle;
        error.repr.raw.clone_from(&self.repr.raw);
        error.repr.called.clone_from(&self.repr.called);
        error
    }

    pub(crate) fn decode(gear: &Gear, mismatch: Mismatch) -> Self {
        Self::mismatch(gear.place(), String::new(), mismatch)
    }

    /// Says that a result of a script does not fit the type that was asked for.
    pub(crate) fn result(path: String, mismatch: Mismatch) -> Self {
        Self::mismatch(String::new(), path, mismatch)
    }

    fn mismatch(gear: String, path: String, mismatch: Mismatch) -> Self {
        let Details {
            expected,
            came,
            value,
            cause,
        } = mismatch.into_details();
        let error = Self::new(Detail::Decode(DecodeError {
            gear,
            command: "",
            path,
            expected,
            came,
            value,
        }));
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }

    /// Says that there was not the one result that was asked for.
    pub(crate) fn result_count(count: usize) -> Self {
        let mismatch = Mismatch::new("one result", redis::Value::Nil);
        let mismatch = mismatch.describing(format!("{count} results"));
        Self::result("results".to_owned(), mismatch)
    }

    /// Says that a setting does not hold what it should.
    pub(crate) fn setting(name: &str, expected: &str, value: &crate::data::ConfigValue) -> Self {
        Self::new(Detail::Decode(DecodeError {
            gear: String::new(),
            command: "RG.CONFIGGET",
            path: format!("values.{name}"),
            expected: expected.to_owned(),
            came: format!("{value:?}"),
            value: redis::Value::BulkString(value.to_string().into_bytes()),
        }))
    }

    /// Says which part of the reply to a command does not fit.
    pub(crate) fn reply(
        command: &'static str,
        root: &str,
        misfit: &Misfit,
        value: redis::Value,
    ) -> Self {
        Self::new(Detail::Decode(DecodeError {
            gear: String::new(),
            command,
            path: misfit.path(root),
            expected: misfit.expected.clone(),
            came: misfit.came.clone(),
            value,
        }))
    }

    pub(crate) fn encode(cause: serde_json::Error) -> Self {
        Self::new(Detail::Encode {
            message: format!("an argument has no JSON form: {cause}"),
        })
        .with_source(cause)
    }

    pub(crate) fn cannot_travel(message: impl Into<String>) -> Self {
        Self::new(Detail::Encode {
            message: message.into(),
        })
    }

    pub(crate) fn not_bound(trigger: &str) -> Self {
        Self::new(Detail::NotBound {
            trigger: trigger.to_owned(),
        })
    }

    pub(crate) fn duplicate_trigger(trigger: &str, ours: String, theirs: String) -> Self {
        Self::new(Detail::DuplicateTrigger(DuplicateTrigger {
            trigger: trigger.to_owned(),
            ours,
            theirs,
        }))
    }

    pub(crate) fn lacks(
        feature: impl Into<String>,
        server: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self::new(Detail::Unsupported(UnsupportedError {
            feature: feature.into(),
            server: server.into(),
            remedy,
        }))
    }

    pub(crate) fn unexpected(what: &str, value: &redis::Value) -> Self {
        Self::new(Detail::Server {
            message: format!("{what}: {}", crate::wire::reply::came(value)),
        })
        .with_raw(format!("{value:?}"))
    }

    /// Says what a server or a cluster cannot do, in words of ours.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Detail::Server {
            message: message.into(),
        })
    }

    /// Says that a script which was to go on in the background did not.
    pub(crate) fn nothing_started() -> Self {
        Self::new(Detail::Server {
            message: "the script ran, but left nothing that goes on in the background: it has no \
                      `run()`, or it registers something; use `execute` for it"
                .to_owned(),
        })
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Detail::Configuration {
            message: message.into(),
        })
    }

    #[cfg(any(feature = "embedded", feature = "local"))]
    pub(crate) fn connection(message: impl Into<String>) -> Self {
        Self::new(Detail::Connection {
            message: message.into(),
        })
    }

    pub(crate) fn timeout(what: impl Into<String>, after: Duration) -> Self {
        Self::new(Detail::Timeout {
            what: what.into(),
            after: Some(after),
        })
    }

    #[cfg(any(feature = "embedded", feature = "local"))]
    pub(crate) fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with_source(source)
    }
}

/// Returns the text of an error reply that a connection turned into an error of its own.
pub(crate) fn raw_reply(error: &RedisError) -> Option<String> {
    if !matches!(
        error.kind(),
        redis::ErrorKind::Server(_) | redis::ErrorKind::Extension
    ) {
        return None;
    }
    let code = error.code()?;
    Some(match error.detail() {
        Some(detail) => format!("{code} {detail}"),
        None => code.to_owned(),
    })
}

/// Puts an error reply together again as the server wrote it.
///
/// `redis` takes the text apart at its first space.
pub(crate) fn raw_text(error: &ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr.detail {
            Detail::Python(python) => {
                python.fmt(f)?;
                match &self.repr.called {
                    Some(called) if f.alternate() => write!(f, "\n{called}"),
                    _ => Ok(()),
                }
            }
            Detail::Decode(decode) if !decode.command.is_empty() => write!(
                f,
                "the reply to {} does not fit at {}: expected {}, but {} came; the server may be \
                 of another kind than this version of gears-runtime knows",
                decode.command, decode.path, decode.expected, decode.came
            ),
            Detail::Decode(decode) if decode.gear.is_empty() => write!(
                f,
                "{} of the script does not fit: expected {}, but {} came; \
                 change the type or what the Python returns",
                decode.path, decode.expected, decode.came
            ),
            Detail::Decode(decode) => write!(
                f,
                "the result of {} does not fit: expected {}, but {} came; \
                 change the declared type or what the Python returns",
                decode.gear, decode.expected, decode.came
            ),
            Detail::Encode { message } | Detail::Configuration { message } => f.write_str(message),
            Detail::UnknownTrigger { trigger } => write!(
                f,
                "the server knows no trigger `{trigger}`; register it with `register_all`, \
                 and see that no one unregistered it"
            ),
            Detail::DuplicateTrigger(duplicate) => write!(
                f,
                "the trigger `{}` of {} is held by a different function: {}; rename one, \
                 say `replace = true` or `replace = false`, or unregister the other",
                duplicate.trigger, duplicate.ours, duplicate.theirs
            ),
            Detail::Requirement(requirement) => {
                // Scripts have no trigger, and a gear may need no more than what all gears need.
                f.write_str("the requirements")?;
                if !requirement.requirements.is_empty() {
                    write!(f, " {:?}", requirement.requirements)?;
                }
                if !requirement.trigger.is_empty() {
                    write!(f, " of `{}`", requirement.trigger)?;
                }
                write!(f, " could not be installed: {}", requirement.message)
            }
            Detail::NotBound { trigger } => write!(
                f,
                "`{trigger}` was called before a connection was bound; call \
                 `register_all(&conn)` first, or call it through `{trigger}::on(&conn)`"
            ),
            Detail::Server { message } => write!(f, "the server refused: {message}"),
            Detail::Connection { message } => f.write_str(message),
            Detail::Timeout {
                what,
                after: Some(after),
            } => write!(
                f,
                "{what}: the server did not answer within {after:?}; it may be busy or gone, or \
                 the time given with `Gears::builder` too short"
            ),
            Detail::Timeout { what, after: None } => write!(
                f,
                "{what}: the server did not answer in the time that the connection gives it; it \
                 may be busy or gone, or the time too short"
            ),
            Detail::Unsupported(unsupported) => write!(
                f,
                "{} is not possible on {}; {}",
                unsupported.feature, unsupported.server, unsupported.remedy
            ),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `fn main() -> Result<()>` shows errors with `Debug`: let it be read.
        write!(f, "{self:#}")?;
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, "\ncaused by: {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.repr
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
