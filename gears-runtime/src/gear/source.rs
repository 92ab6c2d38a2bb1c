//! Writes the Python of one gear: what `RG.PYEXECUTE` runs to register it.
//!
//! The script is meant to be read, by people in `redis-cli MONITOR` and in a
//! server's log. It holds the body as it was written, compiles it under the
//! Rust file and line, reads the arguments, writes the result and registers.
//! It runs on Python 3.7 and on genuine RedisGears, and asks nothing of
//! gears-engine but what those have. Names start with `_gear_`, to leave all
//! others to the body.

mod body;
mod call;
mod event;
mod hook;
pub(crate) mod library;
mod registering;
mod types;
mod value;

use std::{fmt::Write as _, time::Duration};

use super::{cause::Cause, descriptor::Gear, naming::Naming};
use crate::{
    python::{
        commands::{COMMANDS, names_of_redgrease},
        literal::{list, string},
    },
    server::dialect::Dialect,
};

/// For whom a script is written.
pub(crate) struct Writing<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) naming: &'a Naming,
    pub(crate) version: Version,
}

/// Which of its names a script registers a gear under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The plain one alone.
    None,
    /// The one with its fingerprint alone, for servers that know of no versions.
    Name,
    /// Both: the server knows of versions, and keeps one that nobody calls for so long.
    Kept(Duration),
    /// Both, but the plain one only where nobody has it.
    Behind(Duration),
}

/// Writes the script that registers `gear` with the description `description`.
pub(crate) fn write(gear: &Gear, writing: &Writing<'_>, description: &str) -> String {
    let dialect = writing.dialect;
    let mut script = String::with_capacity(gear.body().len() + 2048);
    body::write(&mut script, gear);
    if gear.uses_cmd() && dialect == Dialect::RedisGears {
        script.push_str(COMMANDS);
    }
    let prepares = gear.on_registered().map_or("", |snippet| snippet.body);
    if dialect == Dialect::RedisGears {
        script.extend(names_of_redgrease(&[gear.body(), prepares]));
    }
    match gear.cause() {
        Cause::Trigger | Cause::Function(_) => {
            call::write(&mut script, gear, dialect);
            if dialect == Dialect::Engine {
                types::write(&mut script, gear);
            }
        }
        Cause::Hook(_) => hook::write(&mut script, gear),
        Cause::Keys(events) => event::write_keys(&mut script, gear, &events),
        Cause::Stream(entries) => event::write_stream(&mut script, gear, &entries),
    }
    registering::write(&mut script, gear, writing, description);
    script
}

/// Returns the requirements that the script needs on a server.
pub(crate) fn requirements(gear: &Gear, dialect: Dialect) -> Vec<&'static str> {
    let mut requirements: Vec<&'static str> = Vec::new();
    // What the gear asks for may pin the package, and comes first.
    for &requirement in gear.requirements() {
        if !requirements.contains(&requirement) {
            requirements.push(requirement);
        }
    }
    if gear.uses_cmd() && dialect == Dialect::RedisGears && !requirements.iter().any(names_redis) {
        requirements.push("redis");
    }
    requirements
}

/// Tells whether a requirement is for redis-py, at any version.
fn names_redis(requirement: &&str) -> bool {
    let end = requirement
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    requirement[..end].eq_ignore_ascii_case("redis")
}

/// Writes what a fingerprint of the function alone covers: what it does and how it is called.
///
/// What a gear does not use adds nothing, so that an option of a newer gears-runtime does not make old gears others.
pub(crate) fn essence(gear: &Gear) -> String {
    let params: Vec<String> = gear
        .params()
        .iter()
        .map(|param| {
            format!(
                "{}:{:?}:{}",
                param.name(),
                param.wire(),
                param.is_optional()
            )
        })
        .collect();
    let mut essence = format!(
        "{}\n{}\n{}\n{}\n{:?}\n{}\n{}",
        string(gear.trigger()),
        gear.mode().as_str(),
        list(gear.requirements().iter().copied()),
        list(params.iter().map(String::as_str)),
        gear.returns().wire(),
        gear.is_coroutine(),
        string(gear.body()),
    );
    // Writing to a `String` cannot fail.
    if gear.cause() != Cause::Trigger {
        let _ = write!(essence, "\n{:?}", gear.cause());
    }
    if let Some(key) = gear.key() {
        let _ = write!(essence, "\nkey {key}");
    }
    if gear.is_in_order() {
        essence.push_str("\nin order");
    }
    if let Some(snippet) = gear.on_registered() {
        let _ = write!(essence, "\non registered {}", string(snippet.body));
    }
    if let Some(timeout) = gear.timeout() {
        let _ = write!(essence, "\ntimeout {timeout:?}");
    }
    essence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gear::{
        sample,
        shape::{Param, Wire},
    };

    fn writing(dialect: Dialect) -> Writing<'static> {
        Writing {
            dialect,
            naming: const { &Naming::PLAIN },
            version: match dialect {
                Dialect::Engine => Version::Kept(Duration::from_secs(60)),
                _ => Version::Name,
            },
        }
    }

    #[test]
    fn script_is_readable() {
        let gear = sample::gear();
        insta::assert_snapshot!(write(
            &gear,
            &writing(Dialect::Engine),
            "Fetches a page [gears 00ff]"
        ));
    }

    #[test]
    fn script_for_redisgears_brings_cmd_and_base64() {
        let mut parts = sample::parts();
        parts.coroutine = true;
        parts.line = None;
        parts.params = const {
            &[
                Param::new("key", Wire::Bytes, false),
                Param::new("ratio", Wire::Float, true),
            ]
        };
        let gear = Gear::from_parts(parts);
        insta::assert_snapshot!(write(&gear, &writing(Dialect::RedisGears), ""));
        assert_eq!(
            requirements(&gear, Dialect::RedisGears),
            ["requests", "redis"]
        );
        assert_eq!(requirements(&gear, Dialect::Engine), ["requests"]);
    }

    #[test]
    fn script_for_redisgears_brings_hashtag3() {
        let mut parts = sample::parts();
        let brings =
            |gear: &Gear, dialect| write(gear, &writing(dialect), "").contains("def hashtag3():");
        assert!(!brings(
            &Gear::from_parts(sample::parts()),
            Dialect::RedisGears
        ));
        parts.body = "return hashtag3()";
        let gear = Gear::from_parts(parts);
        assert!(brings(&gear, Dialect::RedisGears));
        assert!(!brings(&gear, Dialect::Engine));
    }

    #[test]
    fn redis_is_not_asked_for_twice() {
        let mut parts = sample::parts();
        parts.requirements = &["Redis[hiredis]>=4", "redis-om"];
        let gear = Gear::from_parts(parts);
        assert_eq!(
            requirements(&gear, Dialect::RedisGears),
            ["Redis[hiredis]>=4", "redis-om"]
        );
    }

    #[test]
    fn hostile_text_stays_in_its_literals() {
        let mut parts = sample::parts();
        parts.body = "return '''\n\\' + \"\"\" \u{2028} # '\n'''";
        parts.file = "a'); import os; ('.rs";
        parts.trigger = "x', mode='sync";
        let gear = Gear::from_parts(parts);
        let script = write(&gear, &writing(Dialect::Engine), "it's \\");
        assert!(script.is_ascii());
        let lines = script.lines().filter(|line| line.contains("import os"));
        let lines: Vec<_> = lines.collect();
        assert_eq!(
            lines,
            [
                r"_gear_function = _gear_compile(_gear_name, 'a\'); import os; (\'.rs', 42, 'def gear(url, limit=None): pass', ("
            ]
        );
    }
}
