//! What RedisGears says of a registration in text of its own.

use std::fmt;

use redis::Value;

use super::read::{Misfit, Read};
use crate::python::literal;

/// Holds what the Python side of a server keeps about a registration.
///
/// On RedisGears 1.0 the text is a Python literal, on 1.2 it only looks like one; the accessors
/// find in it what both have, and [`raw`](Self::raw) is the rest.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::PrivateData;
///
/// let old = PrivateData::from("{'sessionId':'Z-0', 'depsList':[]}");
/// assert_eq!(old.session(), Some("Z-0"));
/// let new = PrivateData::from("{'sessionName':'s2', 'linkedTo': primary, 'registrationsList':['Z-52']}");
/// assert_eq!(new.session(), Some("s2"));
/// assert_eq!(new.registrations().unwrap(), ["Z-52"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateData {
    raw: String,
}

impl PrivateData {
    /// Returns the text as it came.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the name of the session that the registration belongs to.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.session(), Some("users"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn session(&self) -> Option<&str> {
        self.quoted("'sessionName':")
            .or_else(|| self.quoted("'sessionId':"))
    }

    /// Returns the description of the session (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB().register('user:*')").session("users");
    /// gears.execute(&script.description("Looks after the users."))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.session_description(), Some("Looks after the users."));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn session_description(&self) -> Option<&str> {
        // A session without one shows this word.
        self.quoted("'sessionDescription':")
            .filter(|description| *description != "null")
    }

    /// Returns the ids of the registrations of its session (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // One script, so one session: what is unregistered together.
    /// gears.execute(&Script::from_source("GB().register('user:*')\nGB().register('page:*')"))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.registrations().unwrap().len(), 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn registrations(&self) -> Option<Vec<String>> {
        let (_, rest) = self.raw.split_once("'registrationsList':")?;
        literal::parse_list(&rest[..=rest.find(']')?])
    }

    /// Returns the requirements of its session, by name.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::PrivateData;
    ///
    /// let private = PrivateData::from(
    ///     "{'sessionName':'s', 'depsList':[{'name':'numpy'}, {'name':'requests>=2'}]}",
    /// );
    /// assert_eq!(private.dependencies(), ["numpy", "requests>=2"]);
    /// ```
    pub fn dependencies(&self) -> Vec<&str> {
        let Some((_, list)) = self.raw.split_once("'depsList':") else {
            return Vec::new();
        };
        list.match_indices("'name':")
            .filter_map(|(index, key)| quoted(&list[index + key.len()..]))
            .collect()
    }

    fn quoted(&self, key: &str) -> Option<&str> {
        quoted(self.raw.split_once(key)?.1)
    }
}

fn quoted(text: &str) -> Option<&str> {
    let value = text.trim_start().strip_prefix('\'')?;
    Some(&value[..value.find('\'')?])
}

impl From<&str> for PrivateData {
    fn from(raw: &str) -> Self {
        Self {
            raw: raw.to_owned(),
        }
    }
}

impl fmt::Display for PrivateData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl Read for PrivateData {
    fn read(value: &Value) -> Result<Self, Misfit> {
        String::read(value).map(|raw| Self { raw })
    }
}
