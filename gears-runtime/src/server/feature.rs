//! What some servers lack, and would pass over in silence.
//!
//! Servers ignore options of scripts that they do not know, so whoever asks for one of these is
//! refused before anything is sent.

use super::{dialect::Dialect, known::Server};
use crate::error::{Error, Result};

/// Something that a gear, a function or a script asks of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Python functions that await.
    Coroutines,
    /// Calls of one trigger that run one after another.
    Order,
    /// Functions that stand in for commands.
    Hooks,
    /// Events of some commands only, whose clients wait.
    Commands,
    /// Events of keys that are not there.
    KeyMisses,
    /// Types of keys which RedisGears takes, and crashes when it lists them.
    ListableTypes,
    /// A deadline for one function.
    Deadlines,
    /// Writers that wait while a function has no room for their events.
    WaitingWriters,
    /// Runs that stay on the shard that is asked.
    LocalRuns,
    /// Functions of the server's own in Python.
    Functions,
}

impl Feature {
    /// Refuses it where the server lacks it.
    ///
    /// # Errors
    ///
    /// `Unsupported`, with the feature of that `place`, the server and a way out.
    pub(crate) fn check(self, server: Server, place: &str) -> Result<()> {
        if self.is_in(server) {
            return Ok(());
        }
        let feature = format!("{} of {place}", self.name());
        Err(Error::lacks(feature, server.to_string(), self.remedy()))
    }

    fn is_in(self, server: Server) -> bool {
        match self {
            Self::Coroutines => server.has_coroutines(),
            Self::Order => server.has_order(),
            Self::Hooks | Self::Commands | Self::KeyMisses => server.has_hooks(),
            Self::ListableTypes | Self::WaitingWriters => server.dialect != Dialect::RedisGears,
            Self::Deadlines => server.has_timeouts(),
            Self::LocalRuns => server.has_local_runs(),
            Self::Functions => server.functions,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Coroutines => "the `await`",
            Self::Order => "the option `in_order`",
            Self::Hooks => "the option `hook`",
            Self::Commands => "the option `commands`",
            Self::KeyMisses => "the event `keymiss`",
            Self::ListableTypes => "the key type `stream` or `empty`",
            Self::Deadlines => "the option `timeout_ms`",
            Self::WaitingWriters => "the option `on_full`",
            Self::LocalRuns => "the option `local`",
            Self::Functions => "the server's own function in Python, the attribute `gear_function`",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Coroutines => {
                "use RedisGears 1.2 or gears-engine, or write the body without `await`"
            }
            Self::Order => "use RedisGears 1.2.2 or gears-engine, or leave the option out",
            Self::Hooks => "use RedisGears 1.2 or gears-engine",
            Self::Commands | Self::KeyMisses => {
                "use RedisGears 1.2 or gears-engine, or leave it out"
            }
            Self::ListableTypes => {
                "use gears-engine, or a gear of streams for what comes into streams"
            }
            Self::Deadlines | Self::WaitingWriters => "use gears-engine, or leave the option out",
            Self::LocalRuns => "use RedisGears 1.2.8 or gears-engine, or leave the option out",
            Self::Functions => {
                "use Valkey from 8.1 on with `--loadmodule libgears_engine.so ScriptingEngine yes`, or say \
                 `fallback` to make it a gear elsewhere"
            }
        }
    }
}

/// A feature with the place of who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) feature: Feature,
    pub(crate) place: String,
}

impl Need {
    /// Refuses it where the server lacks it, as [`Feature::check`] does.
    ///
    /// # Errors
    ///
    /// As [`Feature::check`].
    pub(crate) fn check(&self, server: Server) -> Result<()> {
        self.feature.check(server, &self.place)
    }
}

/// Returns what events of keys ask of a server.
pub(crate) fn of_key_events<'a>(
    events: impl IntoIterator<Item = &'a str>,
    types: impl IntoIterator<Item = &'a str>,
    commands: bool,
) -> impl Iterator<Item = Feature> {
    let misses = events
        .into_iter()
        .any(|event| event.eq_ignore_ascii_case("keymiss"));
    let types = types
        .into_iter()
        .any(|kind| matches!(kind, "stream" | "empty"));
    [
        commands.then_some(Feature::Commands),
        misses.then_some(Feature::KeyMisses),
        types.then_some(Feature::ListableTypes),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::version::ModuleVersion;

    #[test]
    fn each_version_has_what_it_has() {
        use Feature::*;
        let all = [
            Coroutines,
            Order,
            Hooks,
            Commands,
            KeyMisses,
            ListableTypes,
            Deadlines,
            WaitingWriters,
            LocalRuns,
        ];
        for (version, has) in [
            (10006, vec![]),
            (10007, vec![Order]),
            (10009, vec![Order]),
            (10200, vec![Coroutines, Hooks, Commands, KeyMisses]),
            (10202, vec![Coroutines, Order, Hooks, Commands, KeyMisses]),
            (10207, vec![Coroutines, Order, Hooks, Commands, KeyMisses]),
            (
                10208,
                vec![Coroutines, Order, Hooks, Commands, KeyMisses, LocalRuns],
            ),
        ] {
            let server = Server {
                dialect: Dialect::RedisGears,
                version: Some(ModuleVersion::new(version)),
                shares: false,
                versions: false,
                functions: false,
            };
            for feature in all {
                let checked = feature.check(server, "`it`");
                assert_eq!(
                    checked.is_ok(),
                    has.contains(&feature),
                    "{feature:?}: {server}"
                );
                if let Err(error) = checked {
                    let lack = error.unsupported().unwrap();
                    assert!(lack.feature().ends_with("of `it`"), "{error}");
                    assert_eq!(lack.server(), server.to_string());
                }
            }
        }
        let engine = Server {
            dialect: Dialect::Engine,
            version: None,
            shares: false,
            versions: false,
            functions: false,
        };
        for feature in all {
            feature.check(engine, "`it`").unwrap();
        }
    }
}
