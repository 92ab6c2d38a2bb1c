//! The particulars of each kind of error.

use std::{fmt, time::Duration};

use crate::python::traceback::{Frame, Traceback};

/// What happened, with all that the accessors of [`Error`](super::Error) tell.
#[derive(Clone)]
pub(crate) enum Detail {
    Python(PythonError),
    Decode(DecodeError),
    Encode {
        message: String,
    },
    UnknownTrigger {
        trigger: String,
    },
    DuplicateTrigger(DuplicateTrigger),
    Requirement(RequirementError),
    NotBound {
        trigger: String,
    },
    Server {
        message: String,
    },
    Connection {
        message: String,
    },
    Timeout {
        what: String,
        /// `None` when the connection is not ours.
        after: Option<Duration>,
    },
    Unsupported(UnsupportedError),
    Configuration {
        message: String,
    },
}

/// Holds what Python said when it raised.
///
/// Its text reads like Python's own traceback.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::CommandReader, gear_fn};
/// # use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// #[gear_fn]
/// fn birth_year(age: String) -> i64 {
///     "return 2026 - int(age)"
/// }
///
/// CommandReader::new().apply(birth_year).register_trigger("birth_year").on(&gears)?;
/// let error = gears.trigger("birth_year", ["old"]).unwrap_err();
/// let python = error.python().unwrap();
/// assert_eq!(python.exception(), "ValueError");
/// assert!(python.to_string().contains("return 2026 - int(age)"), "the line that raised");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PythonError {
    pub(crate) trigger: String,
    pub(crate) traceback: Traceback,
}

impl PythonError {
    /// Returns the trigger that was called; empty for a script.
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
    /// CommandReader::new().apply(py!("lambda: 1 / 0")).register_trigger("fail").on(&gears)?;
    /// let error = gears.trigger("fail", [""; 0]).unwrap_err();
    /// assert_eq!(error.python().unwrap().trigger(), "fail");
    /// # Ok(())
    /// # }
    /// ```
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the type of the exception, such as `ValueError`; empty when the server did not say.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionError;
    ///
    /// let error = ExecutionError::from("Error type: <class 'KeyError'>, Value: 'age'");
    /// assert_eq!(error.python().unwrap().exception(), "KeyError");
    /// ```
    pub fn exception(&self) -> &str {
        &self.traceback.exception
    }

    /// Returns the message of the exception.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionError;
    ///
    /// let error = ExecutionError::from("Error type: <class 'ValueError'>, Value: too old");
    /// assert_eq!(error.python().unwrap().message(), "too old");
    /// ```
    pub fn message(&self) -> &str {
        &self.traceback.message
    }

    /// Returns the frames of the traceback, outermost first, without those of the machinery.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, gear_fn};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// #[gear_fn]
    /// fn half(number: String) -> f64 {
    ///     r#"
    ///     def read(text):
    ///         return float(text)
    ///     return read(number) / 2
    ///     "#
    /// }
    ///
    /// CommandReader::new().apply(half).register_trigger("half").on(&gears)?;
    /// let error = gears.trigger("half", ["many"]).unwrap_err();
    /// let frames = error.python().unwrap().frames();
    /// assert_eq!(frames.last().unwrap().function(), "read");
    /// # Ok(())
    /// # }
    /// ```
    pub fn frames(&self) -> &[Frame] {
        &self.traceback.frames
    }
}

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.traceback.fmt(f)
    }
}

/// Says which value did not fit which type.
///
/// # Examples
///
/// ```
/// use gears_runtime::{data::ExecutionResult, redis::Value};
///
/// let result = ExecutionResult::from(vec![Value::BulkString(b"many".to_vec())]);
/// let error = result.decode::<u32>().unwrap_err();
/// let decode = error.decode_error().unwrap();
/// println!("expected {}, but {} came", decode.expected(), decode.came());
/// # assert!(decode.came().contains("many"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecodeError {
    pub(crate) gear: String,
    pub(crate) command: &'static str,
    pub(crate) path: String,
    pub(crate) expected: String,
    pub(crate) came: String,
    pub(crate) value: redis::Value,
}

impl DecodeError {
    /// Returns the gear whose result it was, with its place in the Rust source.
    ///
    /// Empty for the result of a script and for the reply to a command.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, Script, embedded, gear_command};
    ///
    /// #[gear_command(trigger = "lists_are_no_text")]
    /// fn lists_are_no_text() -> Result<String> {
    ///     r#"return "text""#
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // Somebody else has registered something else under the same trigger.
    /// gears.py_execute(&Script::from_source(
    ///     "GB('CommandReader').map(lambda _: ['a', 'list'])\
    ///      .register(trigger='lists_are_no_text', convertToStr=False)",
    /// ))?;
    /// let error = lists_are_no_text::on(&gears).call().unwrap_err();
    /// assert!(error.decode_error().unwrap().gear().contains("lists_are_no_text"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn gear(&self) -> &str {
        &self.gear
    }

    /// Returns the command whose reply it was, such as `RG.DUMPREGISTRATIONS`.
    ///
    /// Empty for the result of a gear or of a script.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// // A server whose statistics are the time of day.
    /// let server = embedded::Server::builder()
    ///     .plain()
    ///     .server_args(["--rename-command", "TIME", "RG.PYSTATS"])
    ///     .start()?;
    /// let error = Gears::connect(server.url())?.py_stats().unwrap_err();
    /// assert_eq!(error.decode_error().unwrap().command(), "RG.PYSTATS");
    /// # Ok(())
    /// # }
    /// ```
    pub fn command(&self) -> &str {
        self.command
    }

    /// Returns the place in the reply, such as `registrations[3].RegistrationData.status`.
    ///
    /// Empty for the result of a gear.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let result = ExecutionResult::from(vec![Value::Int(1), Value::Int(-1)]);
    /// let error = result.decode::<u32>().unwrap_err();
    /// assert_eq!(error.decode_error().unwrap().path(), "results[1]");
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what the declared type would take.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let error = ExecutionResult::from(vec![Value::Int(300)]).decode::<u8>().unwrap_err();
    /// assert!(error.decode_error().unwrap().expected().contains("u8"));
    /// ```
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what came instead, cut to a readable length.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let error = ExecutionResult::from(vec![Value::Int(300)]).decode::<u8>().unwrap_err();
    /// assert!(error.decode_error().unwrap().came().contains("300"));
    /// ```
    pub fn came(&self) -> &str {
        &self.came
    }

    /// Returns the value that came, whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let long = Value::BulkString(vec![b'x'; 10_000]);
    /// let error = ExecutionResult::from(vec![long.clone()]).decode::<f64>().unwrap_err();
    /// let decode = error.decode_error().unwrap();
    /// assert!(decode.came().len() < 1000);
    /// assert_eq!(decode.reply(), &long);
    /// ```
    pub fn reply(&self) -> &redis::Value {
        &self.value
    }
}

/// Names two different functions that claim one trigger.
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
/// let next = |step: i64| {
///     let next = CommandReader::new().apply(py!("lambda: cmd.incrby('id', step)", step = step));
///     next.register_trigger("next")
/// };
/// next(1).on(&gears)?;
/// let error = next(10).on(&gears).unwrap_err();
/// let duplicate = error.duplicate().unwrap();
/// println!("{}: {} or {}?", duplicate.trigger(), duplicate.ours(), duplicate.theirs());
/// assert!(next(10).replace(true).on(&gears).is_ok(), "a decision");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateTrigger {
    pub(crate) trigger: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl DuplicateTrigger {
    /// Returns the trigger.
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
    /// CommandReader::new().apply(py!("lambda: 1")).register_trigger("next").on(&gears)?;
    /// let other = CommandReader::new().apply(py!("lambda: 2")).register_trigger("next");
    /// let error = other.on(&gears).unwrap_err();
    /// assert_eq!(error.duplicate().unwrap().trigger(), "next");
    /// # Ok(())
    /// # }
    /// ```
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the gear of this binary, with its place in the Rust source.
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
    /// CommandReader::new().apply(py!("lambda: 1")).register_trigger("next").on(&gears)?;
    /// let other = CommandReader::new().apply(py!("lambda: 2")).register_trigger("next");
    /// let error = other.on(&gears).unwrap_err();
    /// // The line of the Rust source on which the function begins.
    /// assert!(error.duplicate().unwrap().ours().contains(".rs:"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn ours(&self) -> &str {
        &self.ours
    }

    /// Returns the other one: a gear of this binary, or a registration on the server.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, function::CommandReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let script = "GB('CommandReader', desc='Counts.').register(trigger='next')";
    /// gears.execute(&Script::from_source(script))?;
    /// let ours = CommandReader::new().apply(py!("lambda: 2")).register_trigger("next");
    /// let error = ours.on(&gears).unwrap_err();
    /// assert!(error.duplicate().unwrap().theirs().contains("Counts."));
    /// # Ok(())
    /// # }
    /// ```
    pub fn theirs(&self) -> &str {
        &self.theirs
    }
}

/// Says which requirements could not be installed, and why.
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
/// let failed = error.requirement().unwrap();
/// eprintln!("of {:?}, one failed: {}", failed.requirements(), failed.message());
/// # assert_eq!(failed.requirements().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequirementError {
    pub(crate) trigger: String,
    pub(crate) requirements: Vec<String>,
    pub(crate) message: String,
}

impl RequirementError {
    /// Returns the trigger of the gear that asked for them; empty for a script.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR Could not satisfy requirements"));
    /// assert_eq!(error.requirement().unwrap().trigger(), "", "a script's");
    /// assert!(error.to_string().starts_with("the requirements could not be installed: "));
    /// ```
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the requirements that were asked for, of which at least one failed.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let vectors = KeysReader::new("vector:*").values().requirements(["./no/such/package"]);
    /// let error = vectors.run().on(&gears).unwrap_err();
    /// assert_eq!(error.requirement().unwrap().requirements(), ["./no/such/package"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn requirements(&self) -> &[String] {
        &self.requirements
    }

    /// Returns what the server said, which on gears-engine ends with pip's own message.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let text = "ERR Could not satisfy requirements: no matching distribution found for nunpy";
    /// let error = Error::from(ExecutionError::from(text));
    /// assert!(error.requirement().unwrap().message().ends_with("found for nunpy"));
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Says what the server lacks.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::plain()?;
/// let error = Gears::connect(server.url())?.py_stats().unwrap_err();
/// let lacking = error.unsupported().unwrap();
/// eprintln!("{} cannot do this: {}", lacking.server(), lacking.feature());
/// # assert!(!lacking.server().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsupportedError {
    pub(crate) feature: String,
    pub(crate) server: String,
    pub(crate) remedy: &'static str,
}

impl UnsupportedError {
    /// Returns what was asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR unknown command 'RG.PYEXECUTE'"));
    /// assert_eq!(error.unsupported().unwrap().feature(), "running gears");
    /// ```
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// Returns what is known about the server.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR unknown command 'RG.PYEXECUTE'"));
    /// assert!(error.unsupported().unwrap().server().contains("without"));
    /// ```
    pub fn server(&self) -> &str {
        &self.server
    }
}
