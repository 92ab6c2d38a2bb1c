//! What a server lacks.

/// Says what the server lacks.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded};
///
/// let server = embedded::Server::plain()?;
/// let error = Gears::connect(server.url())?.py_stats().unwrap_err();
/// let lacking = error.unsupported().unwrap();
/// eprintln!("{} cannot do this: {}", lacking.server(), lacking.feature());
/// # assert!(!lacking.server().is_empty());
/// # Ok::<(), gears_runtime::Error>(())
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
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// Returns what is known about the server.
    pub fn server(&self) -> &str {
        &self.server
    }
}
