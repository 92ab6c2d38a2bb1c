//! Writes the Python of one gear: what `RG.PYEXECUTE` runs to register it.
//!
//! The script is meant to be read, by people in `redis-cli MONITOR` and in a
//! server's log. It holds the body as it was written, compiles it under the
//! Rust file and line, reads the arguments, writes the result and registers.
//! It runs on Python 3.7 and on genuine RedisGears, and asks nothing of
//! gears-engine but what those have. Names start with `_gear_`, to leave all
//! others to the body.

use std::fmt::Write as _;

use crate::{
    gear::{Gear, Param, Returned, Wire},
    literal::{list, string},
    server::Dialect,
};

/// The function of the script that the server calls, and that calls the body.
pub(crate) const ENTRY: &str = "_gear_call";

/// Writes the script that registers `gear` with the description `description`.
pub(crate) fn write(gear: &Gear, dialect: Dialect, description: &str) -> String {
    let mut script = String::with_capacity(gear.body().len() + 2048);
    write_compilation(&mut script, gear);
    if gear.uses_cmd() && dialect == Dialect::RedisGears {
        script.push_str(COMMANDS);
    }
    let decoders: Vec<&str> = gear
        .params()
        .iter()
        .map(|param| decoder(param, dialect))
        .collect();
    for (name, definition) in DECODERS {
        if decoders.contains(name) {
            script.push_str(definition);
        }
    }
    script.push_str(encoder(gear.returns().wire()));
    write_call(&mut script, gear, &decoders);
    // Writing to a `String` cannot fail, here and below.
    let _ = write!(
        script,
        "\nGB('CommandReader', desc={}).flatmap({ENTRY}).register(\n    \
         trigger={}, mode={}, convertToStr=False)\n",
        string(description),
        string(gear.trigger()),
        string(gear.mode().as_str()),
    );
    script
}

/// Returns the file and line under which the body is compiled.
fn place(gear: &Gear) -> (String, u32) {
    match gear.line() {
        Some(line) => (gear.file().to_owned(), line.max(1)),
        // Lines of the body are not lines of the file: count from the body's
        // first, under a name that cannot be taken for the file's.
        None => (format!("<{} in {}>", gear.name(), gear.file()), 1),
    }
}

fn write_compilation(script: &mut String, gear: &Gear) {
    let (file, line) = place(gear);
    let keyword = if gear.is_coroutine() {
        "async def"
    } else {
        "def"
    };
    let parameters = gear.signature();
    let parameters = &parameters[gear.name().len()..];
    let _ = write!(
        script,
        "# A gear, sent by gears-runtime.\n\
         import ast, builtins, linecache\n\
         \n\
         _gear_name = {}\n\
         _gear_file, _gear_line = {}, {line}\n\
         _gear_body = (\n",
        string(gear.name()),
        string(&file),
    );
    for line in gear.body().trim_end_matches('\n').split('\n') {
        let _ = writeln!(script, "    {}", string(&format!("{line}\n")));
    }
    let _ = write!(
        script,
        ")\n\
         \n\
         # Compiled under its own file and line, so that tracebacks point into the source.\n\
         _gear_tree = ast.parse('\\n' * max(_gear_line - 2, 0) + {})\n\
         _gear_tree.body[0].name = _gear_name\n\
         _gear_tree.body[0].body = (\n    \
             ast.parse('\\n' * (_gear_line - 1) + _gear_body, _gear_file).body or _gear_tree.body[0].body)\n\
         _gear_names = {{}}\n\
         exec(compile(_gear_tree, _gear_file, 'exec'), globals(), _gear_names)\n\
         _gear_function = _gear_names[_gear_name]\n\
         if not hasattr(builtins, _gear_name):\n    \
             globals().setdefault(_gear_name, _gear_function)\n",
        string(&format!("{keyword} gear{parameters}: pass")),
    );
    script.push_str(LINES);
}

fn write_call(script: &mut String, gear: &Gear, decoders: &[&str]) {
    let (least, most) = (gear.required_params(), gear.params().len());
    let (prefix, wait) = if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    };
    let _ = write!(
        script,
        "\n_gear_decoders = [{}]\n\
         \n{prefix}def {ENTRY}(record):\n    \
             arguments = record[1:]\n    \
             if not {least} <= len(arguments) <= {most}:\n        \
                 raise TypeError('%s was given %d arguments' % ({}, len(arguments)))\n    \
             values = [decode(argument) for decode, argument in zip(_gear_decoders, arguments)]\n    \
             return _gear_result({wait}_gear_function(*values))\n",
        decoders.join(", "),
        string(&gear.signature()),
    );
}

/// Returns the name of what reads an argument for `param`.
fn decoder(param: &Param, dialect: Dialect) -> &'static str {
    match (param.wire(), param.is_optional()) {
        (Wire::Text, false) => "_gear_text",
        (Wire::Integer, false) => "int",
        (Wire::Float, false) => "float",
        (Wire::Boolean, false) => "_gear_boolean",
        (Wire::Bytes, false) if dialect == Dialect::RedisGears => "_gear_base64",
        (Wire::Bytes, false) => "_gear_bytes",
        (Wire::Float, true) => "_gear_optional_float",
        (Wire::Bytes, true) => "_gear_optional_bytes",
        (Wire::Json, _) | (_, true) => "_gear_json",
    }
}

/// What reads arguments, for those that Python has no function for.
const DECODERS: &[(&str, &str)] = &[
    (
        "_gear_text",
        "
def _gear_text(argument):
    return argument if isinstance(argument, str) else bytes(argument).decode()
",
    ),
    (
        "_gear_boolean",
        "
def _gear_boolean(argument):
    if argument not in ('1', '0', 'True', 'False', 'true', 'false'):
        raise ValueError('a bool is written 1 or 0, not %r' % (argument,))
    return argument in ('1', 'True', 'true')
",
    ),
    (
        "_gear_bytes",
        "
def _gear_bytes(argument):
    return argument.encode() if isinstance(argument, str) else bytes(argument)
",
    ),
    (
        "_gear_base64",
        "
from base64 import b64decode as _gear_base64
",
    ),
    (
        "_gear_json",
        "
from json import loads as _gear_json
",
    ),
    (
        "_gear_optional_float",
        "
from json import loads as _gear_loads
def _gear_optional_float(argument):
    value = _gear_loads(argument)
    return None if value is None else float(value)
",
    ),
    (
        "_gear_optional_bytes",
        "
from base64 import b64decode as _gear_b64decode
from json import loads as _gear_loads
def _gear_optional_bytes(argument):
    value = _gear_loads(argument)
    return None if value is None else _gear_b64decode(value)
",
    ),
];

/// Lends the lines of the body to tracebacks: the file is not on the server.
///
/// Gears of one file share its entry. Without a modification time, `linecache`
/// does not look for the file.
const LINES: &str = "
def _gear_show_lines():
    lines = _gear_body.split('\\n')
    entry = linecache.cache.get(_gear_file, ())
    shown = entry[2] if len(entry) == 4 and entry[1] is None else []
    shown.extend(['\\n'] * (_gear_line - 1 + len(lines) - len(shown)))
    shown[_gear_line - 1:_gear_line - 1 + len(lines)] = [line + '\\n' for line in lines]
    linecache.cache[_gear_file] = (sum(map(len, shown)), None, shown, _gear_file)
_gear_show_lines()
";

/// Returns the Python that writes results: zero or one record each.
fn encoder(returned: Returned) -> &'static str {
    match returned {
        Returned::Unit => {
            "
def _gear_result(value):
    return []
"
        }
        Returned::Raw => {
            "
def _gear_result(value):
    return [] if value is None else [value]
"
        }
        Returned::Json => {
            "
from json import dumps as _gear_dumps
def _gear_result(value):
    if value is None:
        return []
    return [_gear_dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':')).encode()]
"
        }
        Returned::Text | Returned::Bytes => {
            "
def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return [bytes(value)]
    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
"
        }
        Returned::Integer => {
            "
def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return [bytes(value)]
    if hasattr(value, '__index__'):
        value = value.__index__()
        return [value if -2**63 <= value < 2**63 else b'%d' % value]
    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
"
        }
        Returned::Float => {
            "
def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return [bytes(value)]
    if hasattr(value, '__float__'):
        return [repr(float(value)).encode()]
    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
"
        }
        Returned::Boolean => {
            "
def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return [bytes(value)]
    if isinstance(value, int) and value in (0, 1):
        return [int(value)]
    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
"
        }
    }
}

/// The name `cmd`, for servers that do not bring it: redis-py over `execute`.
pub(crate) const COMMANDS: &str = "
import redis as _gear_redis
def _gear_plain(answer):
    if isinstance(answer, list):
        return [_gear_plain(element) for element in answer]
    return bytes(answer) if isinstance(answer, bytearray) else answer
class _GearCommands(_gear_redis.Redis):
    def execute_command(self, *words, **options):
        answer = _gear_plain(execute(*words[0].split(), *words[1:]))
        options.pop('keys', None)
        options.pop('NEVER_DECODE', None)
        empty = options.pop('EMPTY_RESPONSE', None)
        if answer is None and empty is not None:
            return empty
        convert = self.response_callbacks.get(words[0])
        return answer if convert is None else convert(answer, **options)
cmd = _GearCommands(decode_responses=True)
";

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
pub(crate) fn names_redis(requirement: &&str) -> bool {
    let end = requirement
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    requirement[..end].eq_ignore_ascii_case("redis")
}

/// Writes what a fingerprint of the function alone covers: what it does and how it is called.
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
    format!(
        "{}\n{}\n{}\n{}\n{:?}\n{}\n{}",
        string(gear.trigger()),
        gear.mode().as_str(),
        list(gear.requirements().iter().copied()),
        list(params.iter().map(String::as_str)),
        gear.returns().wire(),
        gear.is_coroutine(),
        string(gear.body()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn script_is_readable() {
        let gear = sample::gear();
        insta::assert_snapshot!(write(&gear, Dialect::Engine, "Fetches a page [gears 00ff]"));
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
        insta::assert_snapshot!(write(&gear, Dialect::RedisGears, ""));
        assert_eq!(
            requirements(&gear, Dialect::RedisGears),
            ["requests", "redis"]
        );
        assert_eq!(requirements(&gear, Dialect::Engine), ["requests"]);
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
        let script = write(&gear, Dialect::Engine, "it's \\");
        assert!(script.is_ascii());
        for line in script.lines().filter(|line| line.contains("import os")) {
            assert_eq!(
                line,
                r"_gear_file, _gear_line = 'a\'); import os; (\'.rs', 42"
            );
        }
    }
}
