//! Ids as clients use them.

/// The shard id of a server that is alone.
pub const SHARD_ID: &str = "0000000000000000000000000000000000000000";

/// Prints an id as `<shard>-<number>`.
pub fn print_id(number: u64) -> String {
    format!("{SHARD_ID}-{number}")
}

/// Reads an id as RedisGears does: the shard, a dash, digits, then anything
/// (spec section 5.4).
pub fn parse_id(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(SHARD_ID.as_bytes())?.strip_prefix(b"-")?;
    let end = digits
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_leniently_behind_the_number() {
        assert_eq!(parse_id(print_id(52).as_bytes()), Some(52));
        assert_eq!(parse_id(format!("{SHARD_ID}-7junk").as_bytes()), Some(7));
        for text in [
            "",
            "7",
            "x-7",
            SHARD_ID,
            &format!("{SHARD_ID}-"),
            &format!("{SHARD_ID}7"),
        ] {
            assert_eq!(parse_id(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_id(&b"9".repeat(5000)), None);
    }
}
