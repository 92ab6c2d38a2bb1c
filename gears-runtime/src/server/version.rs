//! Versions of genuine RedisGears, and what came with which.

use std::fmt;

use redis::Value;

use super::value::{field, text};

/// The version of genuine RedisGears, as `MODULE LIST` numbers it: `10213` is 1.2.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModuleVersion(i64);

impl ModuleVersion {
    /// The first version with coroutines, plugins and command hooks.
    pub(crate) const COROUTINES: Self = Self(10200);
    /// The first version with `ID`, `UPGRADE`, `REPLACE_WITH`, and with
    /// `RG.TRIGGERONKEY`, `RG.PYDUMPSESSIONS`, `RG.PYPROFILE`, `RG.CLEARREGISTRATIONSSTATS`.
    pub(crate) const SESSIONS: Self = Self(10202);
    /// The first version with `RG.PAUSEREGISTRATIONS`.
    pub(crate) const PAUSES: Self = Self(10203);
    /// The first version with runs on one shard.
    pub(super) const LOCAL_RUNS: Self = Self(10208);
    /// The first version with `FORCE_REINSTALL_REQUIREMENTS`.
    pub(crate) const REINSTALLS: Self = Self(10204);

    /// Says what to do about an older version.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::COROUTINES => "it takes RedisGears 1.2.0 or later, or gears-engine",
            Self::SESSIONS => "it takes RedisGears 1.2.2 or later, or gears-engine",
            Self::PAUSES => "it takes RedisGears 1.2.3 or later, or gears-engine",
            _ => "it takes RedisGears 1.2.4 or later, or gears-engine",
        }
    }

    /// Tells whether the version has what came in one of 1.0 and again in one of 1.2.
    pub(super) fn has_order(self) -> bool {
        // 1.2.0 came from before 1.0.7.
        (10007..10100).contains(&self.0) || self >= Self::SESSIONS
    }

    #[cfg(test)]
    pub(crate) const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Finds the version in a reply to `MODULE LIST`, which the user may not be allowed to send.
    pub(crate) fn from_module_list(reply: &Value) -> Option<Self> {
        let Value::Array(modules) = reply else {
            return None;
        };
        modules.iter().find_map(|module| {
            let name = field(module, "name")?;
            (text(name)? == "rg").then_some(())?;
            match field(module, "ver")? {
                Value::Int(version) => Some(Self(*version)),
                _ => None,
            }
        })
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            self.0 / 10000,
            self.0 / 100 % 100,
            self.0 % 100
        )
    }
}
