//! Which shards of a cluster a step speaks to.

use serde::Deserialize;
use serde_json::Value;

/// A server on its own is the first shard, and the only one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Shard {
    At(usize),
    /// The one that owns a key.
    OwnerOf(String),
    /// All, one after the other; their replies are an array.
    Each,
}

impl Default for Shard {
    fn default() -> Self {
        Self::At(0)
    }
}

impl TryFrom<Value> for Shard {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let place = value.as_u64().and_then(|place| place.try_into().ok());
        let key = value.as_str().and_then(|text| text.strip_prefix("key:"));
        match (place, key) {
            (Some(place), _) => Ok(Self::At(place)),
            (_, Some(key)) => Ok(Self::OwnerOf(key.to_owned())),
            _ if value == "each" => Ok(Self::Each),
            _ => Err(format!("{value} is no shard")),
        }
    }
}
