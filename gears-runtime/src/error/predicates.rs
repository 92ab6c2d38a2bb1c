//! What kind of error it is, asked.

use super::{Error, detail::Detail, kind::ErrorKind, obstacle::Obstacle};

impl Error {
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
            // Of a script, whose refusal is the exception that `register` raises.
            _ if self.repr.obstacle == Some(Obstacle::Trigger) => ErrorKind::DuplicateTrigger,
            Detail::Python(python) if python.is_overdue() => ErrorKind::Deadline,
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
    /// use gears_runtime::{function::{CommandReader, PyValue}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// CommandReader::new().apply(py!("lambda age: int(age)")).register_trigger("age").on(&gears)?;
    /// assert!(gears.trigger("age", ["old"]).unwrap_err().is_python());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn is_python(&self) -> bool {
        self.kind() == ErrorKind::Python
    }

    /// Tells whether the function was ended because its time was up.
    ///
    /// [`python`](Self::python) tells at which line.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
    ///
    /// #[gear_command(timeout_ms = 50)]
    /// fn count_for_ever() -> Result<()> {
    ///     r#"
    ///     while True:
    ///         pass
    ///     "#
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// register_all(&gears)?;
    /// let error = count_for_ever().unwrap_err();
    /// assert!(error.is_deadline(), "{error}");
    /// assert!(error.python().unwrap().frames()[0].line() > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_deadline(&self) -> bool {
        self.kind() == ErrorKind::Deadline
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
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let error = gears.trigger("nobody_registered_this", ["1"]).unwrap_err();
    /// assert!(error.is_unknown_trigger());
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let ours = CommandReader::new().apply(py!("lambda: 1")).register_trigger("next");
    /// let theirs = CommandReader::new().apply(py!("lambda: 2")).register_trigger("next");
    /// theirs.on(&gears)?;
    /// assert!(ours.on(&gears).unwrap_err().is_duplicate_trigger());
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // Nothing is registered under this id.
    /// let error = gears.unregister("1dcb0f4a-7").unwrap_err();
    /// assert!(error.is_server());
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
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
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// let server = embedded::Server::plain()?;
    /// let gears = Gears::connect(server.url())?;
    /// assert!(gears.trigger("greet", ["Ada"]).unwrap_err().is_unsupported(), "it has no module");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn is_unsupported(&self) -> bool {
        self.kind() == ErrorKind::Unsupported
    }
}
