//! Proofs that a secret is known, which do not tell it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::random;
use crate::{Me, Secret};

/// Which end of a link proves itself; none can hand on the proof of the other as its own.
#[derive(Clone, Copy)]
pub enum Role {
    /// The shard that connects.
    Sender,
    /// The shard that is connected to.
    Receiver,
}

/// What both ends have told each other, and what a proof is about.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// The form of what they say, of which both know it.
    pub protocol: u64,
    /// The shard that connects.
    pub sender: Me,
    /// The shard that is connected to.
    pub receiver: Me,
    /// What the receiver has to put into its proof.
    pub sender_nonce: String,
    /// What the sender has to put into its proof.
    pub receiver_nonce: String,
}

impl Greeting {
    /// Returns the proof of one end: HMAC-SHA256, in hexadecimal letters.
    ///
    /// # Errors
    ///
    /// For a secret that is no key.
    pub fn proof(&self, role: Role, secret: &Secret) -> Result<String, String> {
        let code = self.code(role, secret)?;
        Ok(hex(&code.finalize().into_bytes()))
    }

    /// Tells whether this is the proof of one end, and takes as long for each that is wrong.
    #[must_use]
    pub fn holds(&self, role: Role, secret: &Secret, proof: &[u8]) -> bool {
        let Some(proof) = unhex(proof) else {
            return false;
        };
        self.code(role, secret)
            .is_ok_and(|code| code.verify_slice(&proof).is_ok())
    }

    fn code(&self, role: Role, secret: &Secret) -> Result<Hmac<Sha256>, String> {
        let mut code = Hmac::<Sha256>::new_from_slice(secret.bytes())
            .map_err(|_| "the secret is no key for HMAC-SHA256".to_owned())?;
        let role: &[u8] = match role {
            Role::Sender => b"gears link sender",
            Role::Receiver => b"gears link receiver",
        };
        let words = [
            role,
            &self.protocol.to_be_bytes(),
            self.sender.id.as_str().as_bytes(),
            self.receiver.id.as_str().as_bytes(),
            self.sender.run.as_bytes(),
            self.receiver.run.as_bytes(),
            self.sender_nonce.as_bytes(),
            self.receiver_nonce.as_bytes(),
        ];
        for word in words {
            // With its length, so that no two greetings are the same bytes.
            code.update(&(word.len() as u64).to_be_bytes());
            code.update(word);
        }
        Ok(code)
    }
}

/// Returns a word that was never said before: 32 random bytes in hexadecimal letters.
///
/// # Errors
///
/// What the system says when it has no random numbers.
pub fn nonce() -> Result<String, String> {
    Ok(hex(&random()?))
}

/// Reads the nonce of the other end; `None` for what is none.
#[must_use]
pub fn parse_nonce(word: &[u8]) -> Option<String> {
    unhex(word)?;
    Some(str::from_utf8(word).ok()?.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(word: &[u8]) -> Option<[u8; 32]> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let word: &[u8; 64] = word.try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(word.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use gears_model::ShardId;

    use super::*;

    fn greeting() -> Greeting {
        let me = |letter, run: &str| Me {
            id: ShardId::parse(&[letter; 40]).unwrap(),
            run: run.to_owned(),
        };
        Greeting {
            protocol: 1,
            sender: me(b'a', "one"),
            receiver: me(b'b', "two"),
            sender_nonce: hex(&[1; 32]),
            receiver_nonce: hex(&[2; 32]),
        }
    }

    #[test]
    fn a_proof_holds_for_one_greeting_role_and_secret_alone() {
        let secret = Secret::of(b"abc");
        let all = greeting();
        let proof = all.proof(Role::Sender, &secret).unwrap();
        assert!(all.holds(Role::Sender, &secret, proof.as_bytes()));
        assert!(!all.holds(Role::Receiver, &secret, proof.as_bytes()));
        assert!(!all.holds(Role::Sender, &Secret::of(b"abd"), proof.as_bytes()));
        let changes: [fn(&mut Greeting); 7] = [
            |other| other.protocol = 2,
            |other| other.sender.id = ShardId::ALONE,
            |other| other.receiver.id = ShardId::ALONE,
            |other| other.sender.run.push('x'),
            |other| other.receiver.run.push('x'),
            |other| other.sender_nonce = hex(&[3; 32]),
            |other| other.receiver_nonce = hex(&[3; 32]),
        ];
        for change in changes {
            let mut other = all.clone();
            change(&mut other);
            assert!(!other.holds(Role::Sender, &secret, proof.as_bytes()));
        }
        // The same letters, cut elsewhere.
        let mut moved = all.clone();
        moved.sender.run = "onet".to_owned();
        moved.receiver.run = "wo".to_owned();
        assert!(!moved.holds(Role::Sender, &secret, proof.as_bytes()));
    }

    #[test]
    fn words_that_are_no_proof_do_not_hold() {
        let secret = Secret::of(b"abc");
        let proof = greeting().proof(Role::Sender, &secret).unwrap();
        for word in [
            "",
            "00",
            &proof[1..],
            &proof.to_uppercase(),
            &"é".repeat(32),
        ] {
            assert!(!greeting().holds(Role::Sender, &secret, word.as_bytes()));
        }
    }

    #[test]
    fn no_two_nonces_are_the_same() {
        let nonce = nonce().unwrap();
        assert_eq!(parse_nonce(nonce.as_bytes()), Some(nonce.clone()));
        assert_eq!(parse_nonce(b"0"), None);
        assert_ne!(nonce, super::nonce().unwrap());
    }
}
