//! The user's own Python: text in the script, compiled under the place where it was written.

use std::fmt::Write as _;

use crate::{
    gear::descriptor::Gear,
    python::{literal::string, sent::sent},
};

/// Compiles text as a function of its own file and line.
pub(super) const COMPILE: &str = sent!("compile.py");

/// What it needs, and what comes after.
pub(super) const IMPORTS: &str = "import ast, builtins, linecache\n";

/// Writes what makes `_gear_function` of the body, and `_gear_on_registered` where there is one.
pub(super) fn write(script: &mut String, gear: &Gear) {
    script.push_str("# A gear, sent by gears-runtime.\n");
    script.push_str(IMPORTS);
    script.push_str(COMPILE);
    write_own(script, gear);
}

/// Writes the same, for a script that has the imports and [`COMPILE`].
pub(super) fn write_own(script: &mut String, gear: &Gear) {
    let keyword = if gear.is_coroutine() {
        "async def"
    } else {
        "def"
    };
    let parameters = gear.signature();
    let parameters = &parameters[gear.name().len()..];
    // Writing to a `String` cannot fail, here and below.
    let _ = writeln!(script, "\n_gear_name = {}", string(gear.name()));
    write_function(
        script,
        "_gear_function",
        "_gear_name",
        &place(gear, gear.file(), gear.line()),
        &format!("{keyword} gear{parameters}: pass"),
        gear.body(),
    );
    script.push_str(
        "if not hasattr(builtins, _gear_name):\n    \
             globals().setdefault(_gear_name, _gear_function)\n",
    );
    if let Some(snippet) = gear.on_registered() {
        script.push('\n');
        write_function(
            script,
            "_gear_on_registered",
            "'on_registered'",
            &place(gear, snippet.file, snippet.line),
            "def on_registered(): pass",
            snippet.body,
        );
    }
}

fn write_function(
    script: &mut String,
    variable: &str,
    name: &str,
    (file, line): &(String, u32),
    head: &str,
    body: &str,
) {
    let _ = writeln!(
        script,
        "{variable} = _gear_compile({name}, {}, {line}, {}, (",
        string(file),
        string(head),
    );
    for line in body.trim_end_matches('\n').split('\n') {
        let _ = writeln!(script, "    {}", string(&format!("{line}\n")));
    }
    script.push_str("))\n");
}

/// Returns the file and line under which text is compiled.
fn place(gear: &Gear, file: &str, line: Option<u32>) -> (String, u32) {
    match line {
        Some(line) => (file.to_owned(), line.max(1)),
        // Lines of the body are not lines of the file: count from the body's
        // first, under a name that cannot be taken for the file's.
        None => (format!("<{} in {file}>", gear.name()), 1),
    }
}
