//! Bytes as Python literals.

use std::fmt::Write as _;

/// Writes bytes as a Python `bytes` literal.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 3);
    push_bytes(&mut text, bytes);
    text
}

pub(super) fn push_bytes(text: &mut String, bytes: &[u8]) {
    text.push_str("b'");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\'' => text.push_str("\\'"),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a `String` cannot fail.
            _ => drop(write!(text, "\\x{byte:02x}")),
        }
    }
    text.push('\'');
}
