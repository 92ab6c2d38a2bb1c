//! What one place says about watching: the command line, the environment, or `gears.toml`.

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, ValueHint};
use serde::{Deserialize, Deserializer};

use super::log::LogConfig;
use crate::failure::{Failure, Result};

/// What one place says; most is left open.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Choices {
    /// Begin the names of the keys that hold the index with this [env: GEARS_WATCH_INDEX_PREFIX].
    #[arg(long, value_name = "PREFIX")]
    pub(super) index_prefix: Option<String>,
    /// Watch folders in the folders too [env: GEARS_WATCH_RECURSIVE].
    #[arg(short, long, num_args = 0, default_missing_value = "true")]
    pub(super) recursive: Option<bool>,
    /// Take files with such names for scripts; may be repeated
    /// [default: *.py] [env: GEARS_WATCH_SCRIPT_PATTERN].
    #[arg(long = "script-pattern", value_name = "GLOB")]
    #[serde(rename = "script_pattern", deserialize_with = "one_or_many")]
    pub(super) scripts: Vec<String>,
    /// Take files with such names for requirements of the scripts beside and below them; may be
    /// repeated [default: requirements*.txt] [env: GEARS_WATCH_REQUIREMENTS_PATTERN].
    #[arg(long = "requirements-pattern", value_name = "GLOB")]
    #[serde(rename = "requirements_pattern", deserialize_with = "one_or_many")]
    pub(super) requirements: Vec<String>,
    /// Leave what scripts run in the background when this is found in their paths
    /// [env: GEARS_WATCH_UNBLOCKING_PATTERN].
    #[arg(long, value_name = "REGEX")]
    pub(super) unblocking_pattern: Option<String>,
    /// Pass over files and folders with such names; may be repeated [env: GEARS_WATCH_IGNORE].
    #[arg(short, long = "ignore", value_name = "GLOB")]
    #[serde(deserialize_with = "one_or_many")]
    pub(super) ignore: Vec<String>,
    /// How long a file must rest before it is taken; its option is one of `gears watch`.
    #[arg(skip)]
    #[serde(deserialize_with = "rest_of_file")]
    pub(super) delay: Option<Duration>,
    /// How often to look without being told of a change, in seconds
    /// [default: 10] [env: GEARS_WATCH_RESCAN].
    #[arg(long, value_name = "SECONDS", value_parser = rest)]
    #[serde(deserialize_with = "rest_of_file")]
    pub(super) rescan: Option<Duration>,
    /// File that says what is logged and where, TOML [env: GEARS_WATCH_LOG_CONFIG].
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) log_config: Option<PathBuf>,
    /// What is logged and where.
    #[arg(skip)]
    pub(super) log: Option<LogConfig>,
}

impl Choices {
    /// Says how long a file must rest before it is taken.
    #[must_use]
    pub(crate) fn with_delay(self, delay: Option<Duration>) -> Self {
        Self { delay, ..self }
    }

    /// Reads the variables `GEARS_WATCH_…`.
    ///
    /// # Errors
    ///
    /// A variable whose text does not fit is named.
    pub(crate) fn from_environment() -> Result<Self> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let text = |name: &str| match get(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(wrong(name, "it is not UTF-8")),
        };
        let time = |name: &str| match text(name)? {
            None => Ok(None),
            Some(text) => rest(&text).map(Some).map_err(|why| wrong(name, &why)),
        };
        let list = |name: &str| Ok::<_, Failure>(text(name)?.into_iter().collect());
        Ok(Self {
            index_prefix: text("GEARS_WATCH_INDEX_PREFIX")?,
            recursive: match text("GEARS_WATCH_RECURSIVE")?.as_deref() {
                None => None,
                Some("1" | "true" | "yes" | "on") => Some(true),
                Some("0" | "false" | "no" | "off") => Some(false),
                Some(_) => return Err(wrong("GEARS_WATCH_RECURSIVE", "it is neither 1 nor 0")),
            },
            scripts: list("GEARS_WATCH_SCRIPT_PATTERN")?,
            requirements: list("GEARS_WATCH_REQUIREMENTS_PATTERN")?,
            unblocking_pattern: text("GEARS_WATCH_UNBLOCKING_PATTERN")?,
            ignore: list("GEARS_WATCH_IGNORE")?,
            delay: time("GEARS_WATCH_DELAY")?,
            rescan: time("GEARS_WATCH_RESCAN")?,
            log_config: get("GEARS_WATCH_LOG_CONFIG").map(PathBuf::from),
            log: None,
        })
    }
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::usage(format!("the variable {name} makes no sense: {why}"))
        .advice("correct it, or unset it")
}

/// Reads a time that may be nothing at all.
pub(crate) fn rest(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "it is no number of seconds".to_owned())
}

fn rest_of_file<'de, D: Deserializer<'de>>(file: D) -> Result<Option<Duration>, D::Error> {
    let seconds = f64::deserialize(file)?;
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("{seconds} is no number of seconds")))
}

/// Reads one pattern, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>>(file: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a pattern, or a list of patterns")]
    enum Patterns {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Patterns::deserialize(file)? {
        Patterns::One(one) => vec![one],
        Patterns::Many(many) => many,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_and_wrong_ones_named() {
        let read = |variables: &'static [(&str, &str)]| {
            Choices::from_variables(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let choices = read(&[
            ("GEARS_WATCH_RECURSIVE", "yes"),
            ("GEARS_WATCH_DELAY", "0.5"),
            ("GEARS_WATCH_IGNORE", "old_*"),
            ("GEARS_WATCH_RESCAN", ""),
        ])
        .unwrap();
        assert_eq!(choices.recursive, Some(true));
        assert_eq!(choices.delay, Some(Duration::from_millis(500)));
        assert_eq!(choices.ignore, ["old_*"]);
        assert_eq!(choices.rescan, None, "empty means unset");
        for wrong in [
            &[("GEARS_WATCH_RECURSIVE", "often")],
            &[("GEARS_WATCH_DELAY", "-1")],
        ] {
            let failure = read(wrong).unwrap_err();
            assert!(failure.to_string().contains(wrong[0].0), "{failure}");
        }
    }

    #[test]
    fn file_has_one_pattern_or_several() {
        let choices: Choices = toml::from_str(
            "script_pattern = '*.gear'\nignore = ['a', 'b']\ndelay = 1\nrecursive = true",
        )
        .unwrap();
        assert_eq!(choices.scripts, ["*.gear"]);
        assert_eq!(choices.ignore, ["a", "b"]);
        assert_eq!(choices.delay, Some(Duration::from_secs(1)));
        assert!(toml::from_str::<Choices>("delay = -1").is_err());
        assert!(toml::from_str::<Choices>("ignore = 3").is_err());
        assert!(toml::from_str::<Choices>("depth = 3").is_err());
    }
}
