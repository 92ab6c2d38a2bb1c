//! What Python said when it raised.

use std::fmt;

use crate::python::traceback::{Frame, Traceback};

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
