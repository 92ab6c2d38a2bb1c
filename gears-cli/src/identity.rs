//! Ids as people write them: whole, or the number alone.
//!
//! A stand-alone server begins all its ids with forty zeros, which nobody wants to read or type.

/// Writes an id as short as it is still clear.
pub(crate) fn short(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((shard, number)) if is_alone(shard) => number,
        _ => id,
    }
}

/// Tells whether a shard numbers as if there were no other.
pub(crate) fn is_alone(shard: &str) -> bool {
    shard.bytes().all(|byte| byte == b'0')
}

/// How much of a shard's id a line shows beside other things.
const BRIEF: usize = 8;

/// Writes so much of the shard's id, alone or in another one, that a person knows it again.
pub(crate) fn brief(id: &str) -> String {
    let (shard, number) = match short(id).rsplit_once('-') {
        Some((shard, number)) => (shard, Some(number)),
        None => (short(id), None),
    };
    let cut: String = shard.chars().take(BRIEF).collect();
    match number {
        Some(number) => format!("{cut}-{number}"),
        None => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_server_that_stands_alone_are_numbers() {
        assert_eq!(short("0000000000000000000000000000000000000000-52"), "52");
        assert_eq!(short("a100-52"), "a100-52");
        assert_eq!(short("x"), "x");
        assert_eq!(brief("0000000000000000000000000000000000000000-52"), "52");
        assert_eq!(brief("a1b2c3d4e5f6-52"), "a1b2c3d4-52");
        assert_eq!(brief("a1b2c3d4e5f6"), "a1b2c3d4");
    }
}
