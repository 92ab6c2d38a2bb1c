//! Texts of pickles, in the encodings of all protocols.

use std::borrow::Cow;

use super::object::Object;
use crate::python::literal::parse_list;

/// Reads a text of protocol 0: Latin-1, with `\u` and `\U` for what it lacks.
pub(super) fn of_escapes(line: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, others @ ..] = rest {
        let length = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => 0,
        };
        if length == 0 {
            text.push(char::from(*first));
            rest = others;
        } else {
            let (digits, behind) = others[1..].split_at_checked(length)?;
            let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            text.push(char::from_u32(code)?);
            rest = behind;
        }
    }
    Some(text)
}

/// Reads a `str` of Python 2, as its `repr` has it.
pub(super) fn of_repr(line: &str) -> Option<Object<'static>> {
    let [text] = <[String; 1]>::try_from(parse_list(&format!("[{line}]"))?).ok()?;
    if text.is_ascii() {
        return Some(Object::Text(Cow::Owned(text)));
    }
    Some(Object::Bytes(Cow::Owned(to_latin(&text)?)))
}

/// Takes a `str` of Python 2: text where it is UTF-8, bytes where it is not.
pub(super) fn of_old(bytes: &[u8]) -> Object<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Object::Text(Cow::Borrowed(text)),
        Err(_) => Object::Bytes(Cow::Borrowed(bytes)),
    }
}

/// Returns the bytes that old protocols write as a text of Latin-1.
pub(super) fn to_latin(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return Some(text.as_bytes().to_vec());
    }
    text.chars().map(|char| u8::try_from(char).ok()).collect()
}
