//! Text as Python literals.

use std::fmt::Write as _;

/// Writes text as a Python string literal in single quotes, all ASCII, on one line.
pub(crate) fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for char in text.chars() {
        push_escaped(&mut literal, char);
    }
    literal.push('\'');
    literal
}

/// Writes texts as a Python list of string literals.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = texts.into_iter().map(string).collect();
    format!("[{}]", items.join(", "))
}

fn push_escaped(literal: &mut String, char: char) {
    match char {
        '\\' => literal.push_str("\\\\"),
        '\'' => literal.push_str("\\'"),
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        ' '..='~' => literal.push(char),
        // Writing to a `String` cannot fail.
        _ => {
            let code = u32::from(char);
            let _ = match code {
                0..=0xff => write!(literal, "\\x{code:02x}"),
                0x100..=0xffff => write!(literal, "\\u{code:04x}"),
                _ => write!(literal, "\\U{code:08x}"),
            };
        }
    }
}
