//! What readers and groupings hand out, as Rust types.

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher,
};

use serde::{Deserialize, Deserializer};

use crate::python::value::PyValue;

/// Holds a record of [`KeysReader`](super::KeysReader).
///
/// In Python it is a `dict` with the same names as keys, and `type` for the kind.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::KeysReader;
/// # use gears_runtime::redis;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("SET").arg("name").arg("Ada").exec(&mut connection).unwrap();
/// let record = KeysReader::new("*").run().on(&gears)?.into_one()?;
/// assert_eq!(record.key.as_str(), Some("name"));
/// assert_eq!(record.kind.as_deref(), Some("string"));
/// assert_eq!(record.value.as_str(), Some("Ada"));
/// assert_eq!(record.event, None);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct KeyRecord {
    /// The name of the event, such as `set`; `None` in a batch.
    #[serde(default)]
    pub event: Option<String>,
    /// The key: text, or bytes where it is not UTF-8.
    pub key: PyValue,
    /// The type of the key: `string`, `hash`, `list`, `set`, `zset`, `unknown` (for streams),
    /// `module`, or `empty` for a key that is not there. `None` when values are not read.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// The value; `None` for sets, sorted sets, streams, modules and when values are not read.
    #[serde(default = "none")]
    pub value: PyValue,
}

/// Holds a record of [`StreamReader`](super::StreamReader).
///
/// In Python it is a `dict` with the same names as keys.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::StreamReader;
/// # use gears_runtime::redis;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("XADD").arg(&["log", "7-1", "level", "info"]).exec(&mut connection).unwrap();
/// let entry = StreamReader::new("log").run().on(&gears)?.into_one()?;
/// assert_eq!((entry.key.as_str(), entry.id.as_str()), (Some("log"), "7-1"));
/// assert_eq!(entry.value["level"].as_str(), Some("info"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct StreamRecord {
    /// The key of the stream.
    pub key: PyValue,
    /// The id of the entry, such as `1526919030474-55`.
    pub id: String,
    /// The fields of the entry and their values.
    #[serde(deserialize_with = "fields")]
    pub value: BTreeMap<String, PyValue>,
}

/// Holds a record of [`CommandReader`](super::CommandReader): the words of a command, its name first.
///
/// In Python it is a `list`.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::{CommandReader, CommandRecord, GearFunction}, py, redis::Value};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let words: GearFunction<CommandRecord, _> = CommandReader::new();
/// let count = words.map(py!("lambda words: '%s has %d more' % (words[0], len(words) - 1)"));
/// count.register_trigger("count").on(&gears)?;
/// let reply = gears.trigger("count", ["a", "b"])?;
/// assert_eq!(reply, [Value::BulkString(b"count has 2 more".to_vec())]);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct CommandRecord {
    /// The words.
    pub words: Vec<PyValue>,
}

/// Holds what became of all records with one key.
///
/// In Python it is a `dict` with `key` and `value`. Servers keep keys of groups as text: one
/// that is no `str` is its `repr`.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::{Group, PythonReader}, py};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let answers = PythonReader::new(py!("lambda: ['yes', 'yes']"));
/// let group = answers.count_each().run().on(&gears)?.into_one()?;
/// assert_eq!(group, Group { key: "yes".to_owned(), value: 2 });
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group<T> {
    /// The key that the records have in common.
    pub key: String,
    /// What was made of them.
    pub value: T,
}

impl<T> From<Group<T>> for (String, T) {
    fn from(group: Group<T>) -> Self {
        (group.key, group.value)
    }
}

impl<T, S: BuildHasher + Default> FromIterator<Group<T>> for HashMap<String, T, S> {
    fn from_iter<I: IntoIterator<Item = Group<T>>>(groups: I) -> Self {
        groups.into_iter().map(<(String, T)>::from).collect()
    }
}

impl<T> FromIterator<Group<T>> for BTreeMap<String, T> {
    fn from_iter<I: IntoIterator<Item = Group<T>>>(groups: I) -> Self {
        groups.into_iter().map(<(String, T)>::from).collect()
    }
}

fn none() -> PyValue {
    PyValue::None
}

/// Field names that are not UTF-8 are shown with replacement characters.
fn fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, PyValue>, D::Error> {
    let PyValue::Dict(items) = PyValue::deserialize(deserializer)? else {
        return Err(serde::de::Error::custom("the fields are no dict"));
    };
    Ok(items
        .into_iter()
        .map(|(name, value)| match name {
            PyValue::Text(name) => (name, value),
            PyValue::Bytes(name) => (String::from_utf8_lossy(&name).into_owned(), value),
            name => (name.to_string(), value),
        })
        .collect())
}
