//! A library of the server's own functions: what `FUNCTION LOAD` is given.
//!
//! Each function is made in a function of its own, so that what reads its arguments has the names that it has in the
//! script of a gear. Bodies see the names of the library, those of its other functions among them. A function stands
//! for itself, with the packages that it needs: it can be taken over into another text of its library.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{body, call, requirements};
use crate::{
    gear::{
        cause::{Cause, LibraryFunction},
        descriptor::Gear,
        naming::Naming,
    },
    python::{
        literal::{list, string},
        sent::sent,
    },
    server::dialect::Dialect,
};

/// Calls the body with keys and arguments, and takes the only record as the result.
const SERVE: &str = sent!("serve.py");

/// How the line begins that says which version of a function follows.
const MARK: &str = "# ";

/// What stands between the name of a function and its version.
const IS: &str = " is ";

/// The functions of a library by their names, in whose order they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LibrarySource {
    functions: BTreeMap<String, Function>,
}

/// A function in a library.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Function {
    fingerprint: String,
    python: String,
}

impl LibrarySource {
    /// Writes the functions of gears.
    pub(crate) fn of(gears: &[&Gear], naming: &Naming) -> Self {
        let functions = gears.iter().filter_map(|gear| match gear.cause() {
            Cause::Function(function) => {
                let name = naming.of_function(gear.trigger()).into_owned();
                let python = write_function(&name, gear, &function);
                let fingerprint = gear.fingerprint().to_owned();
                Some((
                    name,
                    Function {
                        fingerprint,
                        python,
                    },
                ))
            }
            _ => None,
        });
        Self {
            functions: functions.collect(),
        }
    }

    /// Reads a library that a server has; nothing where another gears-runtime wrote it in another way.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        let mut parts = code.splitn(3, '\n');
        let text = parts.nth(2)?;
        let text = text
            .strip_prefix(body::IMPORTS)?
            .strip_prefix(body::COMPILE)?;
        let mut functions: BTreeMap<String, Function> = BTreeMap::new();
        let mut name = None;
        for line in text.lines() {
            // All other lines of a function are indented, or are calls.
            if let Some(told) = line.strip_prefix(MARK) {
                let (called, fingerprint) = told.rsplit_once(IS)?;
                let function = Function {
                    fingerprint: fingerprint.to_owned(),
                    python: String::new(),
                };
                functions.insert(called.to_owned(), function);
                name = Some(called);
            } else if let Some(function) = name.and_then(|name| functions.get_mut(name)) {
                function.python.push_str(line);
                function.python.push('\n');
            } else if !line.is_empty() {
                return None;
            }
        }
        for function in functions.values_mut() {
            let end = function.python.trim_end_matches('\n').len() + 1;
            function.python.truncate(end);
        }
        Some(Self { functions })
    }

    /// Tells whether another one has a function of that name just so.
    pub(crate) fn has_same(&self, other: &Self, name: &str) -> bool {
        self.functions.get(name) == other.functions.get(name)
    }

    /// Tells whether there is a function of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// Tells whether there is no function.
    pub(crate) fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// Takes over functions that it has not itself.
    pub(crate) fn take_over(&mut self, other: &Self, mut wants: impl FnMut(&str) -> bool) {
        for (name, function) in &other.functions {
            if !self.functions.contains_key(name) && wants(name) {
                self.functions.insert(name.clone(), function.clone());
            }
        }
    }

    /// Leaves out functions.
    pub(crate) fn leave_out(&mut self, mut is_meant: impl FnMut(&str) -> bool) {
        self.functions.retain(|name, _| !is_meant(name));
    }

    /// Returns the versions of the functions.
    pub(crate) fn fingerprints(&self) -> impl Iterator<Item = &str> {
        self.functions
            .values()
            .map(|function| function.fingerprint.as_str())
    }

    /// Writes the library; `mark` says whose it is.
    pub(crate) fn write(&self, name: &str, mark: &str) -> String {
        let mut library =
            format!("#!python name={name}\n# Functions, sent by gears-runtime. {mark}\n");
        library.push_str(body::IMPORTS);
        library.push_str(body::COMPILE);
        for (name, function) in &self.functions {
            let version = version(name, &function.fingerprint);
            // Writing to a `String` cannot fail, here and below.
            let _ = write!(library, "\n\n{version}\n{}", function.python);
        }
        library
    }
}

fn write_function(name: &str, gear: &Gear, function: &LibraryFunction) -> String {
    let mut python = String::new();
    let needed = requirements(gear, Dialect::Engine);
    if !needed.is_empty() {
        let needed: Vec<String> = needed.into_iter().map(string).collect();
        let _ = writeln!(python, "requirements({})", needed.join(", "));
    }
    python.push_str("def _gear_make():");
    let mut own = String::new();
    body::write_own(&mut own, gear);
    call::write(&mut own, gear, Dialect::Engine);
    let keys = function.keys.len();
    let plural = if keys == 1 { "" } else { "s" };
    let wrong = format!("{} takes {keys} key{plural}, not ", gear.signature());
    own.push_str(
        &SERVE
            .replace("_gear_wrong_keys", &string(&wrong))
            .replace("_gear_keys", &keys.to_string()),
    );
    for line in own.lines() {
        let indent = if line.is_empty() { "" } else { "    " };
        let _ = writeln!(python, "{indent}{line}");
    }
    let _ = write!(
        python,
        "    return _gear_serve\nregister_function({}, _gear_make(), {}, {})\n",
        string(name),
        list(function.flags.iter().copied()),
        string(gear.description()),
    );
    python
}

/// Writes which version of a function follows.
fn version(name: &str, fingerprint: &str) -> String {
    format!("{MARK}{name}{IS}{fingerprint}")
}

/// Reads which version of a function a library has: its fingerprint.
pub(crate) fn version_in<'a>(library: &'a str, name: &str) -> Option<&'a str> {
    let start = version(name, "");
    library.lines().find_map(|line| line.strip_prefix(&*start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gear::{
        mode::Mode,
        sample,
        shape::{Param, Returned, Shape, Wire},
    };

    fn function() -> Gear {
        let mut parts = sample::parts();
        parts.mode = Mode::Sync;
        parts.cause = Cause::Function(LibraryFunction {
            library: "shop",
            flags: &["no-writes"],
            keys: &[1],
            fallback: false,
        });
        parts.params = const {
            &[
                Param::new("limit", Wire::Integer, true),
                Param::new("url", Wire::Text, false),
            ]
        };
        parts.returns = Shape::new(Returned::Integer, false);
        Gear::from_parts(parts)
    }

    #[test]
    fn library_is_readable() {
        let gear = function();
        let source = LibrarySource::of(&[&gear], &Naming::PLAIN);
        let library = source.write("shop", "[gears 00ff]");
        assert_eq!(version_in(&library, "cache_get"), Some(gear.fingerprint()));
        assert_eq!(version_in(&library, "cache"), None);
        insta::assert_snapshot!(library);
    }

    #[test]
    fn names_have_a_prefix_that_the_server_takes() {
        let naming = Naming::PLAIN.with_prefix("staging:é-");
        let library = LibrarySource::of(&[&function()], &naming).write("shop", "");
        assert!(
            library.contains("register_function('staging___cache_get', "),
            "{library}"
        );
    }

    #[test]
    fn what_was_written_is_read_again() {
        let other = {
            let mut parts = sample::parts();
            parts.trigger = "other";
            // What looks like a mark in a body is none.
            parts.body = "\"\"\"\n# other is 00\n\n\n# x is y\n\"\"\"\nreturn 1";
            parts.cause = Cause::Function(LibraryFunction {
                library: "shop",
                flags: &[],
                keys: &[],
                fallback: false,
            });
            Gear::from_parts(parts)
        };
        let gear = function();
        let both = LibrarySource::of(&[&other, &gear], &Naming::PLAIN);
        let code = both.write("shop", "[gears 00ff]");
        assert_eq!(LibrarySource::parse(&code), Some(both.clone()));
        let mut one = LibrarySource::of(&[&gear], &Naming::PLAIN);
        assert!(both.has_same(&one, "cache_get") && !both.has_same(&one, "other"));
        one.take_over(&both, |name| name != "other");
        assert_ne!(one, both);
        one.take_over(&both, |_| true);
        assert_eq!(one.write("shop", "[gears 00ff]"), code);
        one.leave_out(|_| true);
        assert!(one.is_empty());
        for foreign in [
            "",
            "#!python name=shop\n",
            "#!python name=shop\n\nregister_function('a', print)",
            &code.replace("import ast", "import abc, ast"),
            &code.replace("\n\n\n#", "\nx = 1\n\n#"),
        ] {
            assert_eq!(LibrarySource::parse(foreign), None, "{foreign}");
        }
    }
}
