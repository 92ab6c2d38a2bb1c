//! Settings as the server tells them.

use std::{collections::BTreeMap, fmt};

use redis::Value;

use super::read::{Misfit, Read};
use crate::server::value::raw_text;

/// Holds the value of a setting (spec section 8).
///
/// # Examples
///
/// ```
/// use gears_runtime::data::ConfigValue;
///
/// assert_eq!(ConfigValue::Int(3).to_string(), "3");
/// assert_eq!(ConfigValue::from("x").as_int(), None);
/// assert_eq!(ConfigValue::from("12").as_int(), Some(12));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigValue {
    /// A number.
    Int(i64),
    /// A text, as are all settings that the server does not know itself.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl ConfigValue {
    /// Returns it as a number, also one that is written as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ConfigValue;
    ///
    /// assert_eq!(ConfigValue::Int(1000).as_int(), Some(1000));
    /// assert_eq!(ConfigValue::from("1000").as_int(), Some(1000));
    /// assert_eq!(ConfigValue::from("many").as_int(), None);
    /// ```
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Text(text) => text.parse().ok(),
            Self::List(_) => None,
        }
    }
}

impl From<i64> for ConfigValue {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<bool> for ConfigValue {
    fn from(on: bool) -> Self {
        Self::Int(i64::from(on))
    }
}

impl From<&str> for ConfigValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ConfigValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => int.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::List(texts) => f.write_str(&texts.join(" ")),
        }
    }
}

impl Read for ConfigValue {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Int(int) => Ok(Self::Int(*int)),
            Value::Array(_) => Vec::read(value).map(Self::List),
            other => String::read(other)
                .map(Self::Text)
                .map_err(|_| Misfit::new("a number, a text or texts", other)),
        }
    }
}

/// What came of setting something.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::ConfigChange;
///
/// assert!(ConfigChange::Set.is_set());
/// assert!(!ConfigChange::Refused("(error) …".into()).is_set());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigChange {
    /// It is set.
    Set,
    /// It is set among the settings that scripts read with `configGet`; so are those of
    /// RedisGears' Python side, and names that the server does not know.
    SetForScripts,
    /// The server refused, for this reason.
    Refused(String),
}

impl ConfigChange {
    /// Tells whether it is set now.
    pub fn is_set(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// Tells whether the server refused because the setting is fixed when the module is loaded.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Refused(why) if why.contains("at runtime"))
    }
}

impl Read for ConfigChange {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::ServerError(error) => Ok(Self::Refused(raw_text(error))),
            other => match crate::server::value::text(other) {
                Some("OK") => Ok(Self::Set),
                Some(text) if text.starts_with("OK") => Ok(Self::SetForScripts),
                _ => Err(Misfit::new("OK or an error", other)),
            },
        }
    }
}

/// Reads one answer for each of the names that were asked for.
pub(crate) fn read_each<T>(
    names: &[String],
    value: &Value,
    read: impl Fn(&Value) -> Result<T, Misfit>,
) -> Result<BTreeMap<String, T>, Misfit> {
    match value {
        Value::Array(answers) if answers.len() == names.len() => names
            .iter()
            .zip(answers)
            .enumerate()
            .map(|(index, (name, answer))| {
                let answer = read(answer).map_err(|misfit| misfit.at(index))?;
                Ok((name.clone(), answer))
            })
            .collect(),
        other => Err(Misfit::new(format!("an array of {}", names.len()), other)),
    }
}

/// Reads a setting; one that the server does not have is an error among the others.
pub(crate) fn read_value(value: &Value) -> Result<Option<ConfigValue>, Misfit> {
    match value {
        Value::ServerError(_) | Value::Nil => Ok(None),
        other => ConfigValue::read(other).map(Some),
    }
}
