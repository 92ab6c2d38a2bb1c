//! Which functions claim one trigger.

/// Names two different functions that claim one trigger.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::CommandReader, py};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let next = |step: i64| {
///     let next = CommandReader::new().apply(py!("lambda: cmd.incrby('id', step)", step = step));
///     next.register_trigger("next")
/// };
/// next(1).on(&gears)?;
/// let error = next(10).on(&gears).unwrap_err();
/// let duplicate = error.duplicate().unwrap();
/// println!("{}: {} or {}?", duplicate.trigger(), duplicate.ours(), duplicate.theirs());
/// assert!(next(10).replace(true).on(&gears).is_ok(), "a decision");
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateTrigger {
    pub(crate) trigger: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    pub(crate) others: Vec<Self>,
}

impl DuplicateTrigger {
    /// Takes a trigger, our function and theirs.
    pub(crate) fn new((trigger, ours, theirs): (&str, String, String)) -> Self {
        Self {
            trigger: trigger.to_owned(),
            ours,
            theirs,
            others: Vec::new(),
        }
    }

    /// Returns the trigger.
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the gear of this binary, with its place in the Rust source.
    pub fn ours(&self) -> &str {
        &self.ours
    }

    /// Returns the other one: a gear of this binary, or a registration on the server.
    pub fn theirs(&self) -> &str {
        &self.theirs
    }

    /// Returns the other triggers that were claimed twice in the same registration.
    pub fn others(&self) -> &[Self] {
        &self.others
    }
}
