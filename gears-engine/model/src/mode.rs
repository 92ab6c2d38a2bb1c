//! Where functions run.

/// Where a function runs (spec section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a worker, in RedisGears on every shard.
    Async,
    /// On a worker of this shard.
    AsyncLocal,
    /// On the server's main thread, within the command.
    Sync,
}

impl Mode {
    /// Reads a mode's name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "async" => Some(Self::Async),
            "async_local" => Some(Self::AsyncLocal),
            "sync" => Some(Self::Sync),
            _ => None,
        }
    }

    /// Names the mode.
    pub fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::AsyncLocal => "async_local",
            Self::Sync => "sync",
        }
    }
}
