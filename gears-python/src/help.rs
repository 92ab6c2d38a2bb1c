//! What to do about a finding, said in words of where the Python stands.

use crate::version::PythonVersion;

/// A way out, before it is known whom it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Help {
    /// The same everywhere.
    Text(String),
    /// Ask for a newer Python.
    Needs(PythonVersion),
    /// Require these packages: those that are required already, and one more.
    Require(Vec<String>),
}

impl Help {
    /// Says it to somebody who writes an attribute.
    pub(crate) fn for_attribute(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Needs(version) => format!(
                "needs Python {version}: say `python = \"{version}\"` if no older one has to run it"
            ),
            Self::Require(packages) => {
                format!("say `requirements = [\"{}\"]`", packages.join("\", \""))
            }
        }
    }

    /// Says it to somebody who has a file checked.
    pub(crate) fn for_file(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Needs(version) => format!(
                "needs Python {version}: ask for that version if no older one has to run it"
            ),
            Self::Require(mut packages) => {
                format!("require `{}`", packages.pop().unwrap_or_default())
            }
        }
    }
}

impl From<String> for Help {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
