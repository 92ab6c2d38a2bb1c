//! What proves that who greets is a node of the same cluster.

use std::fmt;

use sha2::{Digest, Sha256};

/// What proves that who greets is a node of the same cluster.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Makes one that nobody can guess.
    ///
    /// # Errors
    ///
    /// What the system says when it has no random numbers.
    pub fn random() -> Result<Self, String> {
        random().map(Self)
    }

    /// Takes 32 bytes as they are, and of others their SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.try_into().unwrap_or_else(|_| {
            let mut hash = [0; 32];
            hash.copy_from_slice(&Sha256::digest(bytes));
            hash
        }))
    }

    /// Returns the bytes, to be told to other nodes of the cluster and to nobody else.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Returns bytes that nobody can guess.
pub(crate) fn random() -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map(|()| bytes)
        .map_err(|error| format!("the system has no random numbers: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_bytes_are_a_secret_and_others_are_hashed() {
        let bytes = [7; 32];
        assert_eq!(Secret::of(&bytes).bytes(), &bytes);
        let short = Secret::of(b"abc");
        assert_eq!(short.bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(Secret::of(b""), Secret::of(&[0; 32]));
        assert_ne!(Secret::random().unwrap(), Secret::random().unwrap());
    }

    #[test]
    fn nothing_prints_a_secret() {
        assert_eq!(format!("{:?}", Secret::of(b"abc")), "Secret(..)");
    }
}
