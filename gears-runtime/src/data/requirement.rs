//! Requirements: what a server has installed, and what moves to another.

use redis::Value;

use super::read::{Misfit, Read, map_reply};
use crate::server::value::text;

map_reply! {
    /// Describes a requirement that a server has (spec section 10).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// for requirement in gears.py_dump_reqs()? {
    ///     println!("{}: {:?}", requirement.package(), requirement.wheels.files());
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct PyRequirement {
        /// The version of this description: 1 in RedisGears 1.0, 2 in 1.2.
        pub gear_req_version: i64 = "GearReqVersion",
        /// The requirement as it was given.
        pub name: String = "Name",
        /// Whether it was downloaded.
        pub is_downloaded: bool = "IsDownloaded",
        /// Whether it was installed.
        pub is_installed: bool = "IsInstalled",
        /// The operating system that it was made for.
        pub compiled_os: String = "CompiledOs",
        /// Its wheels, once it was downloaded.
        pub wheels: Wheels = "Wheels",
        /// Its folder (RedisGears 1.2.4 and later).
        pub path: Option<String> = "Path",
        /// How many sessions use it (RedisGears 1.2.4 and later).
        pub ref_count: Option<i64> = "RefCount",
        /// Whether new sessions find it (RedisGears 1.2.4 and later).
        pub is_in_dictionary: Option<bool> = "IsInReqDictionary",
    }
}

impl PyRequirement {
    /// Returns the name of the package, without version and extras.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Gears, Result};
    ///
    /// /// Tells whether a server has a package, in whatever version.
    /// fn has(gears: &Gears, package: &str) -> Result<bool> {
    ///     Ok(gears.py_dump_reqs()?.iter().any(|requirement| requirement.package() == package))
    /// }
    /// # #[cfg(feature = "embedded")] {
    /// # let server = gears_runtime::embedded::Server::start()?;
    /// assert!(!has(&Gears::connect(server.url())?, "numpy")?);
    /// # }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn package(&self) -> &str {
        let end = self
            .name
            .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')))
            .unwrap_or(self.name.len());
        &self.name[..end]
    }
}

/// Holds the wheels of a requirement; none before it was downloaded.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::Wheels;
///
/// // None were downloaded yet, which is something else than an empty list.
/// assert_eq!(Wheels::default().files(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wheels {
    files: Option<Vec<String>>,
}

impl Wheels {
    /// Returns the file names; `None` when the requirement was not downloaded yet.
    pub fn files(&self) -> Option<&[String]> {
        self.files.as_deref()
    }
}

impl Read for Wheels {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let files = match value {
            Value::Array(_) => Some(Vec::read(value)?),
            // A sentence, that there are none yet.
            other if text(other).is_some() => None,
            other => return Err(Misfit::new("the names of wheels", other)),
        };
        Ok(Self { files })
    }
}

/// Holds a requirement as it travels to another server (spec section 1.20).
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, Result};
///
/// /// Brings a package from one server to another, which need not reach the internet.
/// fn carry(package: &str, from: &Gears, to: &Gears) -> Result<()> {
///     let exported = from.py_export_req(package)?;
///     println!("{} in {} chunks", exported.requirement.name, exported.chunks.len());
///     to.py_import_req(&exported.chunks)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExportedRequirement {
    /// What it is.
    pub requirement: PyRequirement,
    /// The requirement itself, for `RG.PYIMPORTREQ`.
    pub chunks: Vec<Vec<u8>>,
}

impl Read for ExportedRequirement {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(parts) if parts.len() == 2 => Ok(Self {
                requirement: Read::read(&parts[0]).map_err(|misfit: Misfit| misfit.at(0))?,
                chunks: Read::read(&parts[1]).map_err(|misfit: Misfit| misfit.at(1))?,
            }),
            _ => Err(Misfit::new("a requirement and its chunks", value)),
        }
    }
}
