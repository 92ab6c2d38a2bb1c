//! What the environment says about the connection.

use std::{env, ffi::OsString, path::PathBuf, str::FromStr};

use super::Connection;
use crate::failure::{Failure, Result};

impl Connection {
    /// Reads the variables `GEARS_…`, and redis-cli's `REDISCLI_AUTH`.
    ///
    /// # Errors
    ///
    /// A variable whose text does not fit is named.
    pub(crate) fn from_environment() -> Result<Self> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        // An empty variable is one that somebody turned off.
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let path = |name: &str| get(name).map(PathBuf::from);
        let text = |name: &'static str| {
            get(name)
                .map(|value| value.into_string().map_err(|_| wrong(name, "UTF-8")))
                .transpose()
        };
        Ok(Self {
            host: text("GEARS_HOST")?,
            port: parsed("GEARS_PORT", "a port from 0 to 65535", text("GEARS_PORT")?)?,
            socket: path("GEARS_SOCKET"),
            url: text("GEARS_URL")?,
            database: parsed("GEARS_DATABASE", "a number", text("GEARS_DATABASE")?)?,
            user: text("GEARS_USER")?,
            password: match text("GEARS_PASSWORD")? {
                Some(password) => Some(password),
                None => text("REDISCLI_AUTH")?,
            },
            connect_timeout: parsed(
                "GEARS_CONNECT_TIMEOUT",
                "a number of seconds",
                text("GEARS_CONNECT_TIMEOUT")?,
            )?,
            tls: switch("GEARS_TLS", text("GEARS_TLS")?)?,
            insecure: switch("GEARS_INSECURE", text("GEARS_INSECURE")?)?,
            cacert: path("GEARS_CACERT"),
            cert: path("GEARS_CERT"),
            key: path("GEARS_KEY"),
        })
    }
}

fn parsed<T: FromStr>(name: &str, expected: &str, text: Option<String>) -> Result<Option<T>> {
    text.map(|text| text.parse().map_err(|_| wrong(name, expected)))
        .transpose()
}

fn switch(name: &str, text: Option<String>) -> Result<Option<bool>> {
    text.map(|text| match text.as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(wrong(name, "1 or 0")),
    })
    .transpose()
}

fn wrong(name: &str, expected: &str) -> Failure {
    Failure::usage(format!("the variable {name} is not {expected}"))
        .advice("correct it, or unset it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Connection> {
        Connection::from_variables(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn variables_are_read() {
        let connection = read(&[
            ("GEARS_PORT", "6380"),
            ("GEARS_TLS", "yes"),
            ("REDISCLI_AUTH", "secret"),
            ("GEARS_HOST", ""),
        ])
        .unwrap();
        assert_eq!(connection.port, Some(6380));
        assert_eq!(connection.tls, Some(true));
        assert_eq!(connection.password.as_deref(), Some("secret"));
        assert_eq!(connection.host, None, "empty means unset");
    }

    #[test]
    fn our_own_password_comes_before_that_of_redis_cli() {
        let connection = read(&[("GEARS_PASSWORD", "ours"), ("REDISCLI_AUTH", "theirs")]).unwrap();
        assert_eq!(connection.password.as_deref(), Some("ours"));
    }

    #[test]
    fn wrong_variables_are_named() {
        for name in [
            "GEARS_PORT",
            "GEARS_DATABASE",
            "GEARS_TLS",
            "GEARS_CONNECT_TIMEOUT",
        ] {
            let failure = read(&[(name, "x")]).unwrap_err();
            assert!(failure.to_string().contains(name), "{failure}");
        }
    }
}
