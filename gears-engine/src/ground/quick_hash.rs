//! Hashes for tables that are asked with each call.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table whose keys come from those who may register functions. Clients only ask it, so nobody
/// can fill it with keys that fall together, which is what the standard library's hash is dear for.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<QuickHash>>;

/// A hash by one multiplication for eight bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct QuickHash(u64);

/// Odd and without a pattern: the golden ratio in 64 bits.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

impl QuickHash {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MIX);
    }
}

impl Hasher for QuickHash {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let rest = rest
            .iter()
            .fold(0, |rest, byte| rest << 8 | u64::from(*byte));
        self.add(rest);
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the highest bits and the lowest ones.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(bytes: &[u8]) -> u64 {
        let mut hash = QuickHash::default();
        hash.write(bytes);
        hash.finish()
    }

    #[test]
    fn names_that_differ_in_little_do_not_fall_together() {
        let names = (0..10_000).map(|number| format!("trigger_{number}"));
        let mut lowest: Vec<_> = names.map(|name| hash(name.as_bytes()) & 0xFFFF).collect();
        lowest.sort_unstable();
        lowest.dedup();
        // As many as by chance.
        assert!(lowest.len() > 9_000, "{}", lowest.len());
    }

    #[test]
    fn each_byte_counts() {
        assert_ne!(hash(b"a"), hash(b"b"));
        assert_ne!(hash(b"12345678a"), hash(b"12345678b"));
        assert_ne!(hash(b"a2345678"), hash(b"b2345678"));
    }
}
