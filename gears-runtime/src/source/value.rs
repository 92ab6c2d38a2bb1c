//! How one argument is read and how the result is written, in Python.

use std::fmt::Write as _;

use crate::{
    gear::{Param, Returned, Wire},
    server::Dialect,
};

/// How an argument is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    Bytes,
    /// By a function of Python's or a helper of the script's.
    With(&'static str),
}

impl Reading {
    /// Returns what has to be done before the expression holds; `argument` is a variable.
    pub(super) fn statement(self, argument: &str) -> Option<String> {
        match self {
            // Nearly all text is text already; what is not UTF-8 comes as bytes.
            Self::Text => Some(format!(
                "if type({argument}) is not str: {argument} = bytes({argument}).decode()"
            )),
            Self::Bytes | Self::With(_) => None,
        }
    }

    /// Returns the expression of the value.
    pub(super) fn expression(self, argument: &str) -> String {
        match self {
            Self::Text => argument.to_owned(),
            Self::Bytes => {
                format!("{argument}.encode() if type({argument}) is str else bytes({argument})")
            }
            Self::With(function) => format!("{function}({argument})"),
        }
    }
}

/// Returns how an argument for `param` is read.
pub(super) fn reading(param: &Param, dialect: Dialect, is_key: bool) -> Reading {
    match (param.wire(), param.is_optional()) {
        (Wire::Text, false) => Reading::Text,
        (Wire::Integer, false) => Reading::With("int"),
        (Wire::Float, false) => Reading::With("float"),
        (Wire::Boolean, false) => Reading::With("_gear_boolean"),
        // A key travels as it is, for it says which shard gets the call.
        (Wire::Bytes, false) if dialect == Dialect::RedisGears && !is_key => {
            Reading::With("_gear_base64")
        }
        (Wire::Bytes, false) => Reading::Bytes,
        (Wire::Float, true) => Reading::With("_gear_optional_float"),
        (Wire::Bytes, true) => Reading::With("_gear_optional_bytes"),
        (Wire::Json | Wire::Made, _) | (_, true) => Reading::With("_gear_json"),
    }
}

/// Writes the helpers among the readings.
pub(super) fn write_helpers(script: &mut String, readings: &[Reading]) {
    for (name, definition) in HELPERS {
        if readings.contains(&Reading::With(name)) {
            script.push_str(definition);
        }
    }
}

/// What reads arguments, for those that Python has no function for.
const HELPERS: &[(&str, &str)] = &[
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
    // Writing to a `String` cannot fail.
    let _ = write!(
        script,
        "
def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
{fits}    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
"
    );
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
