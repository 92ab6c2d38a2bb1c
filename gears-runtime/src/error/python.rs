//! What Python said when it raised.

use std::fmt;

use crate::python::traceback::{Frame, Traceback};

/// The exception by which gears-engine ends functions, and what it says when their time is up.
const FORCE_STOPPED: &str = "forcestopped";
const OVERDUE: &str = "the function ran longer than its deadline allows";

/// Holds what Python said when it raised.
///
/// Its text reads like Python's own traceback.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::CommandReader, gear_fn};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
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
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PythonError {
    pub(crate) trigger: String,
    pub(crate) traceback: Traceback,
}

impl PythonError {
    /// Returns the trigger that was called; empty for a script.
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the type of the exception, such as `ValueError`; empty when the server did not say.
    pub fn exception(&self) -> &str {
        &self.traceback.exception
    }

    /// Returns the message of the exception.
    pub fn message(&self) -> &str {
        &self.traceback.message
    }

    /// Tells whether the server ended the function because its time was up.
    pub(crate) fn is_overdue(&self) -> bool {
        let (exception, message) = (self.exception(), self.message());
        // Where no frames are told, the text is all there is. Of code that does not return to Python,
        // more is said behind it.
        match exception.is_empty() {
            true => message.contains(FORCE_STOPPED) && message.contains(OVERDUE),
            false => exception.ends_with(FORCE_STOPPED) && message.starts_with(OVERDUE),
        }
    }

    /// Returns the frames of the traceback, outermost first, without those of the machinery.
    pub fn frames(&self) -> &[Frame] {
        &self.traceback.frames
    }
}

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.traceback.fmt(f)
    }
}
