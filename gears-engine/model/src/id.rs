//! Ids as clients use them.

use std::fmt;
use std::str;

/// How many letters the name of a shard has.
const LENGTH: usize = 40;

/// The name of a shard: forty hexadecimal letters, those of its node in a cluster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId([u8; LENGTH]);

impl ShardId {
    /// A server that is alone.
    pub const ALONE: Self = Self([b'0'; LENGTH]);

    /// Reads the name of a shard.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let name: [u8; LENGTH] = text.try_into().ok()?;
        name.iter()
            .all(u8::is_ascii_alphanumeric)
            .then_some(Self(name))
    }

    /// Returns the letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only letters and digits get in.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for ShardId {
    fn default() -> Self {
        Self::ALONE
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of a registration or an execution: the shard where it began, and which of that
/// shard's it is. Ids are in the order of their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Which one it is on its shard.
    pub number: u64,
    /// Where it began.
    pub shard: ShardId,
}

impl Id {
    /// Reads an id as RedisGears does: the shard, a dash, digits, then anything
    /// (spec section 5.4).
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (shard, behind) = text.split_at_checked(LENGTH)?;
        let digits = behind.strip_prefix(b"-")?;
        let end = digits
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(digits.len());
        Some(Self {
            number: str::from_utf8(&digits[..end]).ok()?.parse().ok()?,
            shard: ShardId::parse(shard)?,
        })
    }
}

impl fmt::Display for Id {
    /// Prints `<shard>-<number>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shard, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_leniently_behind_the_number() {
        let shard = ShardId::parse(b"07c37dfeb235213a872192d90877d0cd55635b91").unwrap();
        for shard in [shard, ShardId::ALONE] {
            let id = Id { number: 52, shard };
            assert_eq!(Id::parse(id.to_string().as_bytes()), Some(id));
            let more = Id::parse(format!("{shard}-7junk").as_bytes()).unwrap();
            assert_eq!((more.number, more.shard), (7, shard));
        }
        let shard = ShardId::ALONE;
        for text in [
            "",
            "7",
            "x-7",
            shard.as_str(),
            &format!("{shard}-"),
            &format!("{shard}7"),
            &format!("{}-7", "é".repeat(20)),
        ] {
            assert_eq!(Id::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Id::parse(&b"9".repeat(5000)), None);
    }

    #[test]
    fn ids_are_in_the_order_of_their_numbers() {
        let other = ShardId::parse(&[b'f'; LENGTH]).unwrap();
        let of = |number, shard| Id { number, shard };
        assert!(of(1, other) < of(2, ShardId::ALONE));
        assert!(of(2, ShardId::ALONE) < of(2, other));
    }
}
