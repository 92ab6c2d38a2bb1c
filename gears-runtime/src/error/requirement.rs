//! Which requirements could not be installed.

/// Says which requirements could not be installed, and why.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::Script;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let script = Script::from_source("GB().run()").requirements(["./no/such/package"]);
/// let error = gears.execute(&script).unwrap_err();
/// let failed = error.requirement().unwrap();
/// eprintln!("of {:?}, one failed: {}", failed.requirements(), failed.message());
/// # assert_eq!(failed.requirements().len(), 1);
/// # Ok::<(), gears_runtime::Error>(())
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
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the requirements that were asked for, of which at least one failed.
    pub fn requirements(&self) -> &[String] {
        &self.requirements
    }

    /// Returns what the server said, which on gears-engine ends with pip's own message.
    pub fn message(&self) -> &str {
        &self.message
    }
}
