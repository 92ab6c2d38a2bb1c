//! How one argument is read and how the result is written, in Python.

use std::fmt::Write as _;

use crate::{
    gear::shape::{Param, Returned, Wire},
    python::{literal::string, sent::sent},
    server::dialect::Dialect,
};

/// How an argument is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    Bytes,
    /// By a function of Python's or a helper of the script's, from what is to be written so.
    With(&'static str, &'static str),
}

/// Where a word is: in the variable that is to hold the value, on statements indented so.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) variable: &'a str,
    pub(super) param: &'a str,
    pub(super) indent: &'a str,
}

impl Reading {
    /// Writes the statements that make the value of a word.
    pub(super) fn write(self, script: &mut String, word: Word<'_>) {
        let Word {
            variable, indent, ..
        } = word;
        // Writing to a `String` cannot fail, here and below.
        match self {
            // Nearly all text is text already; what is not UTF-8 comes as bytes.
            Self::Text => {
                let _ = writeln!(script, "{indent}if type({variable}) is not str:");
                let indent = &format!("{indent}    ");
                let value = format!("bytes({variable}).decode()");
                write_try(script, Word { indent, ..word }, &value, TEXT);
            }
            Self::Bytes => {
                let _ = writeln!(
                    script,
                    "{indent}{variable} = {variable}.encode() if type({variable}) is str else bytes({variable})"
                );
            }
            Self::With(function, takes) => {
                write_try(script, word, &format!("{function}({variable})"), takes);
            }
        }
    }

    fn can_fail(self) -> bool {
        self != Self::Bytes
    }
}

fn write_try(script: &mut String, word: Word<'_>, value: &str, takes: &str) {
    let Word {
        variable,
        param,
        indent,
    } = word;
    let _ = write!(
        script,
        "{indent}try:
{indent}    {variable} = {value}
{indent}except Exception:
{indent}    raise _gear_wrong({}, {}, {variable}) from None
",
        string(param),
        string(takes),
    );
}

const TEXT: &str = "a str (text in UTF-8)";

/// Returns how an argument for `param` is read.
pub(super) fn reading(param: &Param, dialect: Dialect, is_key: bool) -> Reading {
    match (param.wire(), param.is_optional()) {
        (Wire::Text, false) => Reading::Text,
        (Wire::Integer, false) => Reading::With("int", "an int (a whole number)"),
        (Wire::Float, false) => Reading::With("float", "a float (a number)"),
        (Wire::Boolean, false) => Reading::With("_gear_boolean", "a bool (1 or 0)"),
        // A key travels as it is, for it says which shard gets the call.
        (Wire::Bytes, false) if dialect == Dialect::RedisGears && !is_key => {
            Reading::With("_gear_base64", "bytes (in base64)")
        }
        (Wire::Bytes, false) => Reading::Bytes,
        (Wire::Text, true) => Reading::With("_gear_optional_text", "a str or null, as JSON"),
        (Wire::Integer, true) => Reading::With("_gear_optional_integer", "an int or null, as JSON"),
        (Wire::Float, true) => Reading::With("_gear_optional_float", "a float or null, as JSON"),
        (Wire::Boolean, true) => Reading::With("_gear_optional_boolean", "a bool or null, as JSON"),
        (Wire::Bytes, true) => Reading::With(
            "_gear_optional_bytes",
            "bytes or null, as JSON (a string of base64)",
        ),
        (Wire::Json | Wire::Made, _) => Reading::With("_gear_json", "JSON"),
    }
}

/// Writes the helpers among the readings of the parameters of `signature`.
pub(super) fn write_helpers(script: &mut String, readings: &[Reading], signature: &str) {
    for (name, definition) in HELPERS {
        let is_used = |reading: &Reading| matches!(reading, Reading::With(used, _) if used == name);
        if readings.iter().any(is_used) {
            script.push_str(definition);
        }
    }
    if readings.iter().any(|reading| reading.can_fail()) {
        script.push_str(&WRONG.replace("_gear_signature", &string(signature)));
    }
}

/// What reads arguments, for those that Python has no function for.
const HELPERS: &[(&str, &str)] = &[
    ("_gear_boolean", sent!("boolean.py")),
    (
        "_gear_base64",
        "\nfrom base64 import b64decode as _gear_base64\n",
    ),
    ("_gear_json", "\nfrom json import loads as _gear_json\n"),
    ("_gear_optional_text", sent!("optional_text.py")),
    ("_gear_optional_integer", sent!("optional_integer.py")),
    ("_gear_optional_float", sent!("optional_float.py")),
    ("_gear_optional_boolean", sent!("optional_boolean.py")),
    ("_gear_optional_bytes", sent!("optional_bytes.py")),
];

/// Says which argument is not what its parameter takes.
const WRONG: &str = sent!("wrong.py");

/// Makes a record of a value that is not of the usual type.
const RESULT: &str = sent!("result.py");

/// Writes what makes records of values that are not of the usual type: zero or one each.
pub(super) fn write_result(script: &mut String, returned: Returned) {
    let fits = match returned {
        // These need no second look.
        Returned::Unit | Returned::Raw => return,
        Returned::Json => {
            script.push_str("\nfrom json import dumps as _gear_dumps\n");
            return;
        }
        Returned::Text | Returned::Bytes => "",
        Returned::Integer => {
            "    if hasattr(value, '__index__'):
        value = value.__index__()
        return value if -2**63 <= value < 2**63 else b'%d' % value
"
        }
        Returned::Float => {
            "    if hasattr(value, '__float__'):
        return repr(float(value)).encode()
"
        }
        Returned::Boolean => {
            "    if isinstance(value, int) and value in (0, 1):
        return int(value)
"
        }
    };
    script.push_str(&RESULT.replace("    # --- what else fits ---\n", fits));
}

/// Writes the end of the function that calls the body: the call, and its value as records.
///
/// What is not a list is one record; text and floats travel as bytes.
pub(super) fn write_return(script: &mut String, returned: Returned, call: &str) {
    let usual = match returned {
        Returned::Unit => {
            let _ = write!(script, "    {call}\n    return []\n");
            return;
        }
        Returned::Raw => {
            let _ = write!(
                script,
                "    _value = {call}\n    return [] if _value is None else [_value]\n"
            );
            return;
        }
        Returned::Json => {
            let _ = write!(
                script,
                "    _value = {call}
    if _value is None:
        return []
    return _gear_dumps(_value, ensure_ascii=False, allow_nan=False, separators=(',', ':')).encode()
"
            );
            return;
        }
        Returned::Text => "type(_value) is str:\n        return _value.encode()",
        Returned::Bytes => "type(_value) is bytes:\n        return _value",
        Returned::Integer => {
            "type(_value) is int and -2**63 <= _value < 2**63:\n        return _value"
        }
        Returned::Float => "type(_value) is float:\n        return repr(_value).encode()",
        Returned::Boolean => "type(_value) is bool:\n        return _value",
    };
    let _ = write!(
        script,
        "    _value = {call}\n    if {usual}\n    return _gear_result(_value)\n"
    );
}
