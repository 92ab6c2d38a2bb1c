//! Commands of the server that no function may run.
//!
//! A function's command has a client that is no connection and is gone when the
//! command has ended. Some commands work on their client all the same, or wait
//! for what cannot happen while the function has the server, or end or replace
//! what the function runs in; the server guards itself against some of them, in
//! some versions. Decided for every command of Redis 6.2 to 8.2 and of Valkey
//! 9.1; of others their flags tell.

use crate::held;
use crate::known::Known;
use crate::nested_script::cannot_free_scripts;
use crate::{CallFailure, Context, Refusal};

/// Why no function may run a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// It works on its client.
    Connection,
    /// It waits for others, who wait for the function.
    Waits,
    /// It ends or replaces what the function runs in.
    Server,
    /// It takes away the scripts while one of them runs.
    Scripts,
    /// The server can do it on its main thread only.
    Thread,
    /// It may end the client for which the function runs.
    OwnClient,
    /// The server asks for it to be alone.
    Alone,
}

/// For whom a command runs.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Whether a script is under way.
    in_script: bool,
    /// Whether the server cannot free scripts there.
    keeps_scripts: bool,
    /// Whether the server may be in the midst of a client's command.
    in_command: bool,
}

impl Why {
    fn reason(self) -> &'static str {
        match self {
            Self::Connection => "it is about the connection of its client, and a function has none",
            Self::Waits => {
                "it waits for others, while the function keeps the server from them: \
                 let the client send it"
            }
            Self::Server => {
                "it would end or replace the server in the midst of the function: \
                 let a client send it"
            }
            Self::Scripts => {
                "a script runs, which it may take away: call the function otherwise than from \
                 a script"
            }
            Self::Thread => "this server does it on its main thread only: use mode='sync'",
            Self::OwnClient => {
                "it may end the client for which the function runs: use mode='async_local'"
            }
            Self::Alone => "the server does not let it run together with other commands",
        }
    }

    /// Looks a command up; its name and first argument are in lower case.
    fn of(name: &[u8], first: &[u8], place: Place) -> Option<Self> {
        match name {
            b"sync" | b"psync" | b"replconf" | b"monitor" | b"reset" | b"quit" | b"hello"
            | b"auth" | b"multi" | b"exec" | b"discard" | b"watch" | b"unwatch" | b"subscribe"
            | b"psubscribe" | b"ssubscribe" | b"unsubscribe" | b"punsubscribe"
            | b"sunsubscribe" | b"host:" | b"post" => Some(Self::Connection),
            b"client" => match first {
                b"reply" | b"tracking" | b"caching" | b"setname" | b"setinfo" | b"no-evict"
                | b"no-touch" | b"capa" | b"import-source" => Some(Self::Connection),
                b"kill" if place.in_command => Some(Self::OwnClient),
                _ => None,
            },
            b"wait" | b"waitaof" => Some(Self::Waits),
            b"shutdown" | b"debug" | b"failover" | b"replicaof" | b"slaveof" => Some(Self::Server),
            b"module" => matches!(first, b"load" | b"loadex" | b"unload").then_some(Self::Server),
            b"cluster" => matches!(
                first,
                b"reset" | b"replicate" | b"failover" | b"setslot" | b"syncslots"
            )
            .then_some(Self::Server),
            b"script" if first == b"debug" => Some(Self::Connection),
            b"script" if matches!(first, b"flush" | b"load") => Self::of_taking(place),
            b"function" if matches!(first, b"flush" | b"load" | b"delete" | b"restore") => {
                Self::of_taking(place)
            }
            _ => None,
        }
    }

    /// Judges a command that may take scripts away.
    fn of_taking(place: Place) -> Option<Self> {
        if place.in_script {
            Some(Self::Scripts)
        } else {
            place.keeps_scripts.then_some(Self::Thread)
        }
    }

    /// Judges a command by what the server says of it.
    fn of_flags(name: &[u8], known: Known) -> Option<Self> {
        if known.subscribes {
            Some(Self::Connection)
        } else if known.protected {
            Some(Self::Server)
        } else if known.alone && name != b"save" {
            // SAVE does no harm but to the time it takes.
            Some(Self::Alone)
        } else {
            None
        }
    }
}

/// Says whether no rule here is about a command, in lower case, whatever its arguments are and
/// wherever it runs.
pub(crate) fn is_free(name: &[u8], known: Known) -> bool {
    let by_argument = matches!(
        name,
        b"client" | b"module" | b"cluster" | b"script" | b"function" | b"config"
    );
    // Of a subcommand the whole command is judged.
    !by_argument
        && !name.contains(&b'|')
        && Why::of(name, b"", ANYWHERE).is_none()
        && Why::of_flags(name, known).is_none()
}

/// Where everything holds that may be a reason.
const ANYWHERE: Place = Place {
    in_script: true,
    keeps_scripts: true,
    in_command: true,
};

impl Context {
    /// Refuses a command that no function may run.
    ///
    /// # Errors
    ///
    /// What scripts get from `execute`.
    pub(crate) fn check_forbidden(
        &self,
        name: &[u8],
        arguments: &[&[u8]],
        known: Option<Known>,
    ) -> Result<(), CallFailure> {
        if known.is_some_and(|known| known.free) {
            return Ok(());
        }
        let name = name.to_ascii_lowercase();
        let first = arguments
            .first()
            .map(|first| first.to_ascii_lowercase())
            .unwrap_or_default();
        let place = Place {
            in_script: self.is_script(),
            keeps_scripts: cannot_free_scripts(),
            in_command: !held::was_asked_for(),
        };
        let by_flags = || known.and_then(|known| Why::of_flags(&name, known));
        // Redis 8 stops its threads for it, which others than its main one may not.
        let stops_threads = || {
            (name == b"config"
                && !held::is_main_thread()
                && arguments
                    .iter()
                    .any(|word| word.eq_ignore_ascii_case(b"maxmemory-clients"))
                && first == b"set")
                .then_some(Why::Thread)
        };
        let Some(why) = Why::of(&name, &first, place)
            .or_else(stops_threads)
            .or_else(by_flags)
        else {
            return Ok(());
        };
        let mut shown = String::from_utf8_lossy(&name).to_uppercase();
        if matches!(
            name.as_slice(),
            b"client" | b"config" | b"module" | b"cluster" | b"script" | b"function"
        ) {
            shown.push(' ');
            shown.push_str(&String::from_utf8_lossy(&first).to_uppercase());
        }
        let whom = match why {
            // The server's own words, where it has any.
            Why::Connection => "for a DENY BLOCKING client",
            _ => "in a function",
        };
        Err(Refusal::new(format!("{shown} isn't allowed {whom}: {}", why.reason())).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Place = Place {
        in_script: false,
        keeps_scripts: false,
        in_command: false,
    };

    fn why(line: &str, place: Place) -> Option<Why> {
        let mut words = line.split(' ').map(str::as_bytes);
        let name = words.next().unwrap();
        Why::of(name, words.next().unwrap_or_default(), place)
    }

    #[test]
    fn some_are_refused_everywhere() {
        for (line, expected) in [
            ("psync", Why::Connection),
            ("client reply", Why::Connection),
            ("script debug", Why::Connection),
            ("wait", Why::Waits),
            ("shutdown", Why::Server),
            ("module unload", Why::Server),
            ("cluster reset", Why::Server),
        ] {
            assert_eq!(why(line, FREE), Some(expected), "{line}");
        }
        for line in [
            "get",
            "client",
            "client list",
            "module list",
            "cluster info",
            "blpop",
        ] {
            assert_eq!(why(line, FREE), None, "{line}");
        }
    }

    #[test]
    fn some_are_refused_where_they_would_do_harm() {
        let in_script = Place {
            in_script: true,
            ..FREE
        };
        let on_thread = Place {
            keeps_scripts: true,
            ..FREE
        };
        let in_command = Place {
            in_command: true,
            ..FREE
        };
        for (line, place, expected) in [
            ("script flush", in_script, Why::Scripts),
            ("function delete", in_script, Why::Scripts),
            ("function load", on_thread, Why::Thread),
            ("client kill", in_command, Why::OwnClient),
        ] {
            assert_eq!(why(line, place), Some(expected), "{line}");
            assert_eq!(why(line, FREE), None, "{line}");
        }
        assert_eq!(why("script exists", in_script), None);
    }
}
