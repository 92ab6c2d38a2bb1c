//! What a server lacks.

/// Says what the server lacks.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::plain()?;
/// let error = Gears::connect(server.url())?.py_stats().unwrap_err();
/// let lacking = error.unsupported().unwrap();
/// eprintln!("{} cannot do this: {}", lacking.server(), lacking.feature());
/// # assert!(!lacking.server().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsupportedError {
    pub(crate) feature: String,
    pub(crate) server: String,
    pub(crate) remedy: &'static str,
}

impl UnsupportedError {
    /// Returns what was asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR unknown command 'RG.PYEXECUTE'"));
    /// assert_eq!(error.unsupported().unwrap().feature(), "running gears");
    /// ```
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// Returns what is known about the server.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Error, data::ExecutionError};
    ///
    /// let error = Error::from(ExecutionError::from("ERR unknown command 'RG.PYEXECUTE'"));
    /// assert!(error.unsupported().unwrap().server().contains("without"));
    /// ```
    pub fn server(&self) -> &str {
        &self.server
    }
}
