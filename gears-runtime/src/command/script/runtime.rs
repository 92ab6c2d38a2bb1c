//! What a script finds on the server besides what the server brings.

use std::borrow::Cow;

use crate::{python::commands::COMMANDS, server::dialect::Dialect};

/// Says what a script is given on the server, besides what the server brings.
///
/// The counterpart of RedGrease's `enforce_redgrease` (its manual, chapters 4 and 16).
///
/// # Examples
///
/// ```
/// use gears_runtime::{Runtime, Script};
///
/// // A script written for RedGrease, on a server whose Python can install it.
/// let legacy = Script::from_source("from redgrease import GB\nGB().count().run()")
///     .runtime(Runtime::redgrease(">=0.3"));
/// assert_eq!(legacy.runtime_option(), &Runtime::RedGrease("redgrease[runtime]>=0.3".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Runtime {
    /// Nothing: the script travels as it is.
    #[default]
    Bare,
    /// The object `cmd`, as in the body of a gear.
    ///
    /// gears-engine brings it; RedisGears gets the requirement `redis` and a catalog before
    /// the script. Not for scripts with a coding comment or `from __future__`.
    Commands,
    /// The package `redis` (redis-py), to import.
    RedisPy,
    /// RedGrease, as this requirement; it runs on Python 3.7 of RedisGears 1.x.
    RedGrease(String),
    /// No RedGrease: takes it out of the requirements (`enforce_redgrease=False`).
    ///
    /// A script that imports it runs on gears-engine: that one answers to the names of its modules,
    /// for what its manual says that a script finds there. RedisGears does not.
    WithoutRedGrease,
}

impl Runtime {
    /// Asks for RedGrease, by what its own `enforce_redgrease` takes.
    ///
    /// | `what` | requirement |
    /// | --- | --- |
    /// | empty | `redgrease[runtime]`, the newest |
    /// | a version: `1.2.3` | `redgrease[runtime]==1.2.3` |
    /// | a condition: `>=1.0` | `redgrease[runtime]>=1.0` |
    /// | extras: `all`, `runtime` | `redgrease[all]` |
    /// | a requirement: `redgrease`, `redgrease[all]@git+https://…` | as it is |
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Runtime;
    ///
    /// assert_eq!(Runtime::redgrease("0.3.12"), Runtime::RedGrease("redgrease[runtime]==0.3.12".into()));
    /// assert_eq!(Runtime::redgrease("all"), Runtime::RedGrease("redgrease[all]".into()));
    /// assert_eq!(Runtime::redgrease("redgrease"), Runtime::RedGrease("redgrease".into()));
    /// ```
    pub fn redgrease(what: &str) -> Self {
        let what = what.trim();
        Self::RedGrease(if what.is_empty() {
            "redgrease[runtime]".to_owned()
        } else if names_redgrease(what) || what.contains("://") {
            what.to_owned()
        } else if what.starts_with(|first: char| first.is_ascii_digit()) {
            format!("redgrease[runtime]=={what}")
        } else if what.starts_with(['<', '>', '=', '!', '~']) {
            format!("redgrease[runtime]{what}")
        } else {
            format!("redgrease[{what}]")
        })
    }

    /// Returns the source and the requirements as they travel.
    pub(crate) fn apply<'a>(
        &self,
        source: &'a str,
        requirements: &[String],
        dialect: Dialect,
    ) -> (Cow<'a, str>, Vec<String>) {
        let mut requirements = requirements.to_vec();
        let mut source = Cow::Borrowed(source);
        match self {
            Self::Bare => {}
            Self::Commands => {
                if dialect != Dialect::Engine {
                    add(&mut requirements, "redis", |name| name == "redis");
                    source = format!("{COMMANDS}{source}").into();
                }
            }
            Self::RedisPy => add(&mut requirements, "redis", |name| name == "redis"),
            Self::RedGrease(requirement) => {
                requirements.retain(|other| !names_redgrease(other));
                requirements.push(requirement.clone());
            }
            Self::WithoutRedGrease => requirements.retain(|other| !names_redgrease(other)),
        }
        (source, requirements)
    }
}

fn add(requirements: &mut Vec<String>, requirement: &str, names: impl Fn(&str) -> bool) {
    if !requirements.iter().any(|other| names(&package(other))) {
        requirements.push(requirement.to_owned());
    }
}

fn names_redgrease(requirement: &str) -> bool {
    package(requirement) == "redgrease"
}

/// Returns the name of the package that a requirement is about.
fn package(requirement: &str) -> String {
    requirement
        .trim_start()
        .chars()
        .take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'))
        .collect::<String>()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirements(runtime: &Runtime, given: &[&str], dialect: Dialect) -> String {
        let given: Vec<String> = given.iter().map(|&spec| spec.to_owned()).collect();
        runtime.apply("x = 1", &given, dialect).1.join(" ")
    }

    #[test]
    fn requirements_follow_the_option() {
        let given = &["numpy", "redgrease[all]>=0.2", "Redis<5"];
        for (runtime, travels) in [
            (Runtime::Bare, "numpy redgrease[all]>=0.2 Redis<5"),
            (Runtime::RedisPy, "numpy redgrease[all]>=0.2 Redis<5"),
            (Runtime::WithoutRedGrease, "numpy Redis<5"),
            (Runtime::redgrease(""), "numpy Redis<5 redgrease[runtime]"),
        ] {
            assert_eq!(requirements(&runtime, given, Dialect::RedisGears), travels);
        }
        assert_eq!(
            requirements(&Runtime::RedisPy, &["redisish"], Dialect::Engine),
            "redisish redis"
        );
    }

    #[test]
    fn cmd_is_brought_where_it_is_missing() {
        let (source, requirements) = Runtime::Commands.apply("cmd.ping()", &[], Dialect::Engine);
        assert_eq!((source.as_ref(), requirements.len()), ("cmd.ping()", 0));
        let (source, requirements) =
            Runtime::Commands.apply("cmd.ping()", &[], Dialect::RedisGears);
        assert!(source.contains("cmd = ") && source.ends_with("cmd.ping()"));
        assert_eq!(requirements, ["redis"]);
    }
}
