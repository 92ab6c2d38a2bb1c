//! Which requirements could not be installed.

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
