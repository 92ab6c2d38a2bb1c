//! What settings hold, and what is said when one is missing or refused.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    data::{ConfigChange, ConfigValue},
    error::{DecodeError, Error, Result, detail::Detail},
    server::known::Server,
};

/// A type that a setting is read as and written from.
pub(super) trait Held: Sized {
    const EXPECTED: &'static str;
    fn held(value: &ConfigValue) -> Option<Self>;
    fn hold(self) -> ConfigValue;
}

impl Held for i64 {
    const EXPECTED: &'static str = "a number";

    fn held(value: &ConfigValue) -> Option<Self> {
        value.as_int()
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Int(self)
    }
}

impl Held for bool {
    const EXPECTED: &'static str = "0 or 1";

    fn held(value: &ConfigValue) -> Option<Self> {
        // Any number but 0 is on.
        value.as_int().map(|int| int != 0)
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::from(self)
    }
}

impl Held for Duration {
    const EXPECTED: &'static str = "milliseconds";

    fn held(value: &ConfigValue) -> Option<Self> {
        let milliseconds = u64::try_from(value.as_int()?).ok()?;
        Some(Self::from_millis(milliseconds))
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Int(i64::try_from(self.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Held for String {
    const EXPECTED: &'static str = "text";

    fn held(value: &ConfigValue) -> Option<Self> {
        Some(value.to_string())
    }

    fn hold(self) -> ConfigValue {
        ConfigValue::Text(self)
    }
}

/// Reads one setting out of a reply.
pub(super) fn held<T: Held>(
    name: &'static str,
    values: &BTreeMap<String, Option<ConfigValue>>,
    server: Option<Server>,
) -> Result<T> {
    let value = values
        .get(name)
        .and_then(Option::as_ref)
        .ok_or_else(|| lacks(name, server))?;
    T::held(value).ok_or_else(|| misfit(name, T::EXPECTED, value))
}

/// Takes the values out of a reply in which all must be there.
pub(super) fn all_there(
    values: BTreeMap<String, Option<ConfigValue>>,
    server: Option<Server>,
) -> Result<BTreeMap<String, ConfigValue>> {
    values
        .into_iter()
        .map(|(name, value)| match value {
            Some(value) => Ok((name, value)),
            None => Err(lacks(&name, server)),
        })
        .collect()
}

/// Makes an error of the first setting that was refused.
pub(super) fn all_set(
    changes: &BTreeMap<String, ConfigChange>,
    server: Option<Server>,
) -> Result<()> {
    let refused = changes.iter().find_map(|(name, change)| match change {
        ConfigChange::Refused(why) => Some((name, why)),
        ConfigChange::Set | ConfigChange::SetForScripts => None,
    });
    let Some((name, why)) = refused else {
        return Ok(());
    };
    if why.contains("at runtime") {
        return Err(Error::lacks(
            format!("changing the setting {name} while the server runs"),
            named(server),
            "put name and value behind the module's file where it is loaded: \
             `loadmodule <file> <name> <value>`",
        ));
    }
    Err(Error::from_command(why, "RG.CONFIGSET"))
}

fn lacks(name: &str, server: Option<Server>) -> Error {
    Error::lacks(
        format!("the setting {name}"),
        named(server),
        "it belongs to another version; `Gears::config_get` tells which there are",
    )
}

fn named(server: Option<Server>) -> String {
    match server {
        Some(server) => server.to_string(),
        None => "this server".to_owned(),
    }
}

/// Says that a setting does not hold what it should.
fn misfit(name: &str, expected: &str, value: &ConfigValue) -> Error {
    Error::new(Detail::Decode(DecodeError {
        gear: String::new(),
        command: "RG.CONFIGGET",
        path: format!("values.{name}"),
        expected: expected.to_owned(),
        came: format!("{value:?}"),
        value: redis::Value::BulkString(value.to_string().into_bytes()),
    }))
}
