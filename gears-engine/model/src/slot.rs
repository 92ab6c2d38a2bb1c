//! The slots of a cluster (Redis documentation, "Redis cluster specification").

use std::sync::LazyLock;

use crc16::{State, XMODEM};

/// How many slots a cluster has.
pub const SLOTS: u16 = 16_384;

/// Returns the slot of a key: that of what stands in its first braces, if anything does.
#[must_use]
pub fn slot_of(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')?;
    let inside = &key[open + 1..];
    let close = inside.iter().position(|byte| *byte == b'}')?;
    (close > 0).then(|| &inside[..close])
}

/// Returns the shortest text whose slot this is; of several the first one, digits before
/// capitals before small letters. RedisGears gives the same.
///
/// # Panics
///
/// When there is no such slot.
#[must_use]
pub fn tag_of(slot: u16) -> &'static str {
    static TAGS: LazyLock<Vec<String>> = LazyLock::new(all_tags);
    &TAGS[usize::from(slot)]
}

/// Finds texts for all slots: three letters are enough.
fn all_tags() -> Vec<String> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut tags = vec![String::new(); usize::from(SLOTS)];
    for length in 1..=3_u32 {
        for number in 0..LETTERS.len().pow(length) {
            // Its digits, in a notation that has a letter for each.
            let tag: String = (0..length)
                .rev()
                .map(|place| LETTERS[number / LETTERS.len().pow(place) % LETTERS.len()])
                .map(char::from)
                .collect();
            let slot = crc16(tag.as_bytes()) % SLOTS;
            let place = &mut tags[usize::from(slot)];
            if place.is_empty() {
                *place = tag;
            }
        }
    }
    tags
}

/// Computes the checksum by which clusters deal keys out.
fn crc16(bytes: &[u8]) -> u16 {
    State::<XMODEM>::calculate(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_server() {
        // As `CLUSTER KEYSLOT` says.
        for (key, slot) in [
            ("", 0),
            ("123456789", 12739),
            ("foo", 12182),
            ("{foo}.bar", 12182),
            ("a{foo}{bar}", 12182),
            ("{user1000}.following", 3443),
        ] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
        // Empty braces are letters as others are; only the first ones count.
        assert_eq!(slot_of(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot_of(b"foo{{bar}}zap"), crc16(b"{bar") % SLOTS);
        assert_eq!(slot_of(b"foo}{bar"), crc16(b"foo}{bar") % SLOTS);
    }

    #[test]
    fn every_slot_has_a_tag_of_its_own() {
        for slot in 0..SLOTS {
            let tag = tag_of(slot);
            assert_eq!(slot_of(tag.as_bytes()), slot);
            assert!((1..=3).contains(&tag.len()), "{tag}");
        }
        // As a cluster of three RedisGears says.
        assert_eq!([0, 5461, 10923].map(tag_of), ["06S", "8M", "63n"]);
    }
}
