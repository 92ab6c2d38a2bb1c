//! The Python side of a server: memory, requirements, sessions, plugins.

use std::fmt;

use redis::Value;

use super::read::{Misfit, Read, map_reply};

map_reply! {
    /// Says how much memory Python takes, in bytes (spec section 1.16).
    ///
    /// The figures mean nothing when the setting `OverridePythonAllocators` is off.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let stats = gears.py_stats()?;
    /// println!("{} of at most {} bytes", stats.current_allocated, stats.peak_allocated);
    /// assert!(stats.current_allocated <= stats.peak_allocated);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct PyStats {
        /// What was allocated over time.
        pub total_allocated: i64 = "TotalAllocated",
        /// The most that was in use.
        pub peak_allocated: i64 = "PeakAllocated",
        /// What is in use.
        pub current_allocated: i64 = "CurrAllocated",
    }
}

/// Names a plugin of a server (spec section 1.21).
///
/// # Examples
///
/// ```
/// use gears_runtime::redis::{Value, from_redis_value};
/// use gears_runtime::data::Plugin;
///
/// let reply = Value::Array(vec![Value::SimpleString("GearsPy".to_owned()), Value::Int(10206)]);
/// let plugin: Plugin = from_redis_value(reply)?;
/// assert_eq!(plugin.to_string(), "GearsPy 1.2.6");
/// # Ok::<(), gears_runtime::redis::ParsingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version: `10000` is 1.0.0.
    pub version: i64,
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version;
        write!(
            f,
            "{} {}.{}.{}",
            self.name,
            version / 10000,
            version / 100 % 100,
            version % 100
        )
    }
}

impl Read for Plugin {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(parts) if parts.len() == 2 => Ok(Self {
                name: Read::read(&parts[0]).map_err(|misfit: Misfit| misfit.at(0))?,
                version: Read::read(&parts[1]).map_err(|misfit: Misfit| misfit.at(1))?,
            }),
            _ => Err(Misfit::new("a name and a version", value)),
        }
    }
}
