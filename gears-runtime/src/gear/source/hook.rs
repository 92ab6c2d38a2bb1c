//! The function that stands in for a command: its arguments in, the command's reply out.

use std::fmt::Write as _;

use crate::{gear::descriptor::Gear, python::name::ENTRY};

/// Makes a reply of a value.
///
/// Text travels as bytes, so that what begins with `+` or `-` is neither a status nor an error; `OK` is the status
/// that nearly all commands mean by it. No server lets a hook reply nil.
const REPLY: &str = "
def _gear_reply(value):
    if isinstance(value, str):
        return '+OK' if value == 'OK' else value.encode()
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, float):
        return repr(value).encode()
    if isinstance(value, (list, tuple)):
        return [_gear_reply(element) for element in value]
    raise TypeError('a hook replies text, bytes, numbers or lists of them, and no server lets it reply nil, but %s '
                    'returned %r' % (_gear_name, value))
";

/// Writes `_gear_call` and the helper that it needs.
pub(super) fn write(script: &mut String, gear: &Gear) {
    script.push_str(REPLY);
    let (prefix, wait) = if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    };
    // Writing to a `String` cannot fail.
    let _ = write!(
        script,
        "\n{prefix}def {ENTRY}(record):\n    \
             return _gear_reply({wait}_gear_function(record[1:]))\n"
    );
}
