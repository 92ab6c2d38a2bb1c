//! When and where a gear runs, and whom it replaces.

/// Says where on the server a gear runs.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Mode, PerShard, Result, gear_command};
/// #[gear_command(mode = "async")]
/// fn keys_per_shard() -> Result<PerShard<i64>> {
///     "return cmd.dbsize()"
/// }
///
/// assert_eq!(keys_per_shard::GEAR.mode(), Mode::Async);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// On a worker of the shard that received the call.
    AsyncLocal,
    /// On a worker of every shard of a cluster.
    Async,
    /// On the main thread of the shard that received the call, atomically.
    Sync,
}

impl Mode {
    /// Returns the word that the server uses for the mode.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Mode;
    ///
    /// assert_eq!(Mode::AsyncLocal.as_str(), "async_local");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsyncLocal => "async_local",
            Self::Async => "async",
            Self::Sync => "sync",
        }
    }
}

/// Says what registration does when a trigger holds a different function.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Replace, Result, gear_command};
/// #[gear_command]
/// fn guarded() -> Result<i64> {
///     "return 1"
/// }
///
/// // Unless the attribute says more, nobody's function is overwritten.
/// assert_eq!(guarded::GEAR.replace(), Replace::Refuse);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replace {
    /// Refuses with an error that names both (the option `replace` is absent).
    Refuse,
    /// Replaces the function on the server (`replace = true`).
    Always,
    /// Keeps the function on the server (`replace = false`).
    Never,
}
