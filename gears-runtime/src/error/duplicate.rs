//! Which functions claim one trigger.

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
