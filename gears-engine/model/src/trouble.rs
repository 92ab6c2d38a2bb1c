//! Why registrations do not run.

/// Why a registration that was loaded does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something has to happen first.
    Pending(String),
    /// Packages of its script are not there yet.
    Missing(String),
    /// It cannot be made again; it is kept and stored as it was.
    Broken(String),
}

impl Trouble {
    /// Says whether packages are not there yet.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }

    /// Says why, for clients.
    pub fn reason(&self) -> &str {
        match self {
            Self::Pending(reason) | Self::Missing(reason) | Self::Broken(reason) => reason,
        }
    }
}
