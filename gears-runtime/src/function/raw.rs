//! Python from a text that nobody has checked.

use std::borrow::Cow;

use super::callback::Code;

/// Holds a Python expression that nobody has checked, for any part of a gear function.
///
/// This is the way for Python that is not there when the Rust compiles. It runs with all that
/// the server may do: never build it of values that came from outside. Those go into
/// [`py!`](crate::py) as `name = value`.
///
/// # Examples
///
/// ```
/// use gears_runtime::function::{KeysReader, RawPython};
///
/// let rule = std::fs::read_to_string("rules/large.py").unwrap_or("lambda v: len(v) > 9".into());
/// let function = KeysReader::new("*").values().filter(RawPython::new_unchecked(rule));
/// assert!(function.script()?.source().contains("len(v) > 9"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RawPython {
    code: Code,
}

impl RawPython {
    /// Takes an expression as it is, unchecked.
    ///
    /// What is wrong with it shows when it runs: nobody looks at it before. A NUL ends it
    /// where the server's scripts end.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{KeysReader, RawPython};
    ///
    /// /// Keeps the users whom a rule of the administrator's chooses.
    /// fn chosen(rule: &str) -> KeysReader {
    ///     KeysReader::new("user:*").filter(RawPython::new_unchecked(format!("lambda user: {rule}")))
    /// }
    ///
    /// let adults = chosen("int(user['value']['age']) >= 18");
    /// assert!(adults.script()?.source().contains(">= 18"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn new_unchecked(expression: impl Into<Cow<'static, str>>) -> Self {
        let place = std::panic::Location::caller();
        Self {
            code: Code {
                text: expression.into(),
                file: Cow::Owned(format!("<raw Python of {}:{}>", place.file(), place.line())),
                // It may, for all that is known.
                uses_cmd: true,
                ..Code::given("", place)
            },
        }
    }

    pub(crate) fn into_code(self) -> Code {
        self.code
    }
}
