//! The types of keys.

/// The type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// A string, HyperLogLogs and bitmaps included.
    String,
    /// A hash.
    Hash,
    /// A list.
    List,
    /// A set.
    Set,
    /// A sorted set, places on a map included.
    SortedSet,
    /// What only a module understands.
    Module,
    /// A stream.
    Stream,
    /// There is no such key.
    Empty,
}

impl KeyType {
    /// Every type, in the order in which RedisGears names them.
    pub const ALL: [Self; 8] = [
        Self::String,
        Self::Hash,
        Self::List,
        Self::Set,
        Self::SortedSet,
        Self::Module,
        Self::Stream,
        Self::Empty,
    ];

    /// Reads a type's name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Names the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Hash => "hash",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::Module => "module",
            Self::Stream => "stream",
            Self::Empty => "empty",
        }
    }
}
