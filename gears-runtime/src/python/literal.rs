//! The one place where Rust text becomes Python text, and back.
//!
//! Everything that a script holds of a gear's own text goes through
//! [`string`], and every other value through [`value()`]; nothing is put into
//! Python by `format!`. [`parse_list`] reads
//! the lists of strings that servers write their tracebacks as.

mod bytes;
mod text;
mod unwritable;
mod value;

pub(crate) use self::{
    bytes::bytes,
    text::{list, string},
    value::{DIGITS, SET, value},
};

use std::{iter::Peekable, str::Chars};

/// Reads a Python list of string literals, such as `['a', "b\n"]`.
///
/// Returns `None` when the text is anything else. Code points that are no
/// characters (lone surrogates) become U+FFFD.
pub(crate) fn parse_list(text: &str) -> Option<Vec<String>> {
    let mut chars = text.trim().chars().peekable();
    let mut items = Vec::new();
    (chars.next()? == '[').then_some(())?;
    skip_space(&mut chars);
    while chars.peek() != Some(&']') {
        items.push(parse_string(&mut chars)?);
        skip_space(&mut chars);
        if chars.peek() == Some(&',') {
            chars.next();
            skip_space(&mut chars);
        } else if chars.peek() != Some(&']') {
            return None;
        }
    }
    chars.next();
    chars.next().is_none().then_some(items)
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(char::is_ascii_whitespace).is_some() {}
}

fn parse_string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let quote = chars.next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut text = String::new();
    loop {
        match chars.next()? {
            char if char == quote => return Some(text),
            '\\' => parse_escape(chars, &mut text)?,
            char => text.push(char),
        }
    }
}

fn parse_escape(chars: &mut Peekable<Chars<'_>>, text: &mut String) -> Option<()> {
    match chars.next()? {
        '\n' => {}
        'a' => text.push('\x07'),
        'b' => text.push('\x08'),
        'f' => text.push('\x0c'),
        'n' => text.push('\n'),
        'r' => text.push('\r'),
        't' => text.push('\t'),
        'v' => text.push('\x0b'),
        'x' => text.push(parse_code(chars, 2)?),
        'u' => text.push(parse_code(chars, 4)?),
        'U' => text.push(parse_code(chars, 8)?),
        char @ ('\\' | '\'' | '"') => text.push(char),
        first @ '0'..='7' => {
            let mut code = first.to_digit(8)?;
            for _ in 0..2 {
                match chars.next_if(|char| char.is_digit(8)) {
                    Some(digit) => code = code * 8 + digit.to_digit(8)?,
                    None => break,
                }
            }
            text.push(char::from_u32(code)?);
        }
        // Python keeps the backslash of an escape that it does not know.
        other => {
            text.push('\\');
            text.push(other);
        }
    }
    Some(())
}

fn parse_code(chars: &mut Peekable<Chars<'_>>, digits: usize) -> Option<char> {
    let mut code: u32 = 0;
    for _ in 0..digits {
        code = code.checked_mul(16)? + chars.next()?.to_digit(16)?;
    }
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_escape_is_read() {
        let text =
            r#"['\a\b\f\n\r\t\v\\\'\"', "it's", '\x41\u00e9\U0001f600\101\0', '\q', '\ud800']"#;
        assert_eq!(
            parse_list(text).unwrap(),
            [
                "\x07\x08\x0c\n\r\t\x0b\\'\"",
                "it's",
                "Aé😀A\0",
                "\\q",
                "\u{fffd}",
            ]
        );
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "[",
            "['a'",
            "['a' 'b']",
            "[1]",
            "['a'] ",
            "['a'] x",
            "['\\x4']",
        ] {
            let read = parse_list(text);
            assert_eq!(read.is_some(), text == "['a'] ", "{text}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn text_survives(texts in prop::collection::vec(any::<String>(), 0..5)) {
            let written = list(texts.iter().map(String::as_str));
            prop_assert!(written.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(parse_list(&written), Some(texts));
        }

        #[test]
        fn nothing_leaves_the_quotes(text in any::<String>()) {
            let written = string(&text);
            let inner = &written[1..written.len() - 1];
            let mut escaped = false;
            for char in inner.chars() {
                prop_assert!(escaped || char != '\'');
                escaped = !escaped && char == '\\';
            }
            prop_assert!(!escaped);
        }
    }
}
