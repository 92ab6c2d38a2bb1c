//! Which value did not fit which type.

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
