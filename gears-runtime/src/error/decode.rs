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
    pub fn gear(&self) -> &str {
        &self.gear
    }

    /// Returns the command whose reply it was, such as `RG.DUMPREGISTRATIONS`.
    ///
    /// Empty for the result of a gear or of a script.
    pub fn command(&self) -> &str {
        self.command
    }

    /// Returns the place in the reply, such as `registrations[3].RegistrationData.status`.
    ///
    /// Empty for the result of a gear.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what the declared type would take.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what came instead, cut to a readable length.
    pub fn came(&self) -> &str {
        &self.came
    }

    /// Returns the value that came, whole.
    pub fn reply(&self) -> &redis::Value {
        &self.value
    }
}
