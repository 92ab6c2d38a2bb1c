//! A script that ran: what its registrations share.

pub(crate) mod current;
pub(crate) mod user;

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use gears_model::Script;

use user::User;

/// The identity that a script's registrations have in common (spec section 2.1).
///
/// The session's globals live in its callbacks, which Python keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The name that the client gave, or forty hexadecimal digits.
    pub(crate) id: String,
    pub(crate) description: Option<String>,
    pub(crate) requirements: Vec<String>,
    /// What keeps their versions for it, once they are there.
    pub(crate) packages: Packages,
    /// What makes the registrations again after a restart.
    pub(crate) script: Arc<Script>,
    /// Who registered: events have this user's permissions.
    pub(crate) user: User,
}

/// Keeps the versions of a session's packages while it lives, by a claim that only
/// who made it understands.
#[derive(Clone, Default)]
pub(crate) struct Packages(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Packages {
    /// Keeps what a claim promises, if there is one.
    pub(crate) fn of<T: Any + Send + Sync>(claim: Option<Arc<T>>) -> Self {
        let packages = Self::default();
        if let Some(claim) = claim {
            packages.hold(claim);
        }
        packages
    }

    /// Keeps what `claim` promises.
    pub(crate) fn hold(&self, claim: Arc<dyn Any + Send + Sync>) {
        // Who has one has all that it needs.
        let _ = self.0.set(claim);
    }

    /// Says whether there is nothing yet that it keeps.
    pub(crate) fn are_missing(&self) -> bool {
        self.0.get().is_none()
    }
}

impl fmt::Debug for Packages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Packages")
            .field(&self.0.get().is_some())
            .finish()
    }
}

impl PartialEq for Packages {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.get(), other.0.get()) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}

impl Eq for Packages {}

/// Says whether `name` may name a session (spec section 1.1).
pub(crate) fn is_valid_name(name: &[u8]) -> bool {
    name.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn names_are_letters_digits_and_dashes() {
        assert!(is_valid_name(b"gears-Cache_get-7"));
        assert!(is_valid_name(b""));
        assert!(!is_valid_name(b"a b"));
        assert!(!is_valid_name("é".as_bytes()));
    }
}
