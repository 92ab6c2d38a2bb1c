//! A library of the server's own functions: what `FUNCTION LOAD` is given.
//!
//! Each function is made in a function of its own, so that what reads its arguments has the names that it has in the
//! script of a gear. Bodies see the names of the library, those of its other functions among them.

use std::fmt::Write as _;

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

/// Writes a library; `mark` says whose it is.
pub(crate) fn write(name: &str, functions: &[&Gear], naming: &Naming, mark: &str) -> String {
    let mut library = format!("#!python name={name}\n# Functions, sent by gears-runtime. {mark}\n");
    let mut needed: Vec<&str> = Vec::new();
    for gear in functions {
        for requirement in requirements(gear, Dialect::Engine) {
            if !needed.contains(&requirement) {
                needed.push(requirement);
            }
        }
    }
    // Writing to a `String` cannot fail, here and below.
    if !needed.is_empty() {
        let needed: Vec<String> = needed.into_iter().map(string).collect();
        let _ = writeln!(library, "requirements({})", needed.join(", "));
    }
    library.push_str(body::IMPORTS);
    library.push_str(body::COMPILE);
    for gear in functions {
        if let Cause::Function(function) = gear.cause() {
            write_function(&mut library, gear, &function, naming);
        }
    }
    library
}

fn write_function(library: &mut String, gear: &Gear, function: &LibraryFunction, naming: &Naming) {
    let name = naming.of_function(gear.trigger());
    let _ = write!(
        library,
        "\n\n{}\ndef _gear_make():",
        version(&name, gear.fingerprint())
    );
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
        let _ = writeln!(library, "{indent}{line}");
    }
    let _ = write!(
        library,
        "    return _gear_serve\nregister_function({}, _gear_make(), {}, {})\n",
        string(&name),
        list(function.flags.iter().copied()),
        string(gear.description()),
    );
}

/// Writes which version of a function follows.
fn version(name: &str, fingerprint: &str) -> String {
    format!("# {name} is {fingerprint}")
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
        let library = write("shop", &[&gear], &Naming::PLAIN, "[gears 00ff]");
        assert_eq!(version_in(&library, "cache_get"), Some(gear.fingerprint()));
        assert_eq!(version_in(&library, "cache"), None);
        insta::assert_snapshot!(library);
    }

    #[test]
    fn names_have_a_prefix_that_the_server_takes() {
        let naming = Naming::PLAIN.with_prefix("staging:é-");
        let library = write("shop", &[&function()], &naming, "");
        assert!(
            library.contains("register_function('staging___cache_get', "),
            "{library}"
        );
    }
}
