//! A script that ran: what its registrations share.

use std::sync::{Arc, OnceLock};

use crate::python::requirement::Claim;
use crate::user::User;
use gears_model::Script;

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
    pub(crate) claim: OnceLock<Arc<Claim>>,
    /// What makes the registrations again after a restart.
    pub(crate) script: Arc<Script>,
    /// Who registered: events have this user's permissions.
    pub(crate) user: User,
}

impl Session {
    /// Keeps the versions of its packages while it lives.
    pub(crate) fn hold(&self, claim: Arc<Claim>) {
        // Who has one has all that it needs.
        let _ = self.claim.set(claim);
    }
}

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
