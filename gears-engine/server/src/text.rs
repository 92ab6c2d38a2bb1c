//! Makes foreign text safe for places that are not binary safe.
//!
//! Tracebacks, arguments and results are arbitrary. Log lines are printf
//! formats, error replies and statuses are one line of a C string. Everything
//! that goes there passes through one of these functions.

use std::borrow::Cow;
use std::ffi::CString;
use std::fmt::Write;

/// Returns `text` as one line for a status or an error reply.
///
/// Line ends become spaces, as Redis itself does, and NUL becomes the four
/// characters `\x00`, because the text would end there otherwise.
pub fn one_line(text: &str) -> CString {
    let mut safe = Vec::with_capacity(text.len() + 1);
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' => safe.push(b' '),
            0 => safe.extend_from_slice(b"\\x00"),
            other => safe.push(other),
        }
    }
    CString::new(safe).unwrap_or_default()
}

/// Writes `text` as a literal of Python.
pub fn python_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => literal.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(letter));
            }
            letter => literal.push(letter),
        }
    }
    literal.push('\'');
    literal
}

/// Returns `name` as the name of a line of `INFO`: what separates names, values
/// and lines there becomes `_`.
pub fn info_name(name: &str) -> CString {
    let safe = name.replace(['#', ':', '=', ',', '\n', '\r', '\0', ' '], "_");
    CString::new(safe).unwrap_or_default()
}

/// How long a log line may be: the server cuts the end off longer ones, where an
/// error has its message.
const LONGEST_LINE: usize = 1000;

/// Returns `text` as a C string for the `%s` of a log line, and as one line: what
/// ends lines, steers terminals or turns text around is written as an escape, and
/// a long text loses its middle.
///
/// Backslashes stay as they are, so that paths and quoted errors read well: the line
/// can be told from its neighbours, not always be read back.
pub fn for_log(text: &str) -> CString {
    let text = shortened(text, LONGEST_LINE);
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            letter if letter.is_control() => {
                let _ = write!(line, "\\x{:02x}", u32::from(letter));
            }
            // Separators of lines and paragraphs, and marks of direction.
            '\u{2028}'
            | '\u{2029}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                let _ = write!(line, "\\u{:04x}", u32::from(letter));
            }
            letter => line.push(letter),
        }
    }
    // Escapes are longer than what they stand for.
    CString::new(&*shortened(&line, LONGEST_LINE)).unwrap_or_default()
}

/// Returns `text` with its middle left out when it is longer than `most` bytes.
///
/// More is kept of the end: there a traceback has its message.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let start = text.floor_char_boundary(most / 4);
    let end = text.ceil_char_boundary(text.len() - most / 2);
    Cow::Owned(format!("{} [...] {}", &text[..start], &text[end..]))
}

/// How much of a word errors repeat.
const LONGEST_ECHO: usize = 1 << 10;

/// Returns a word of a client as errors repeat it: not all of 64 MiB.
pub fn echoed(word: &str) -> Cow<'_, str> {
    shortened(word, LONGEST_ECHO)
}

/// Returns the part of `bytes` before its first NUL.
///
/// Scripts, names and ids are C strings in RedisGears (spec section 1.1).
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => &bytes[..end],
        None => bytes,
    }
}

/// Says whether `text` is a negative number as Python prints one.
///
/// RedisGears makes an error of every result text that starts with `-`, so
/// negative numbers too. We keep numbers (see `guide/pages/compatibility.md`).
pub fn is_negative_number(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-') else {
        return false;
    };
    match rest.as_bytes().first() {
        Some(b'0'..=b'9' | b'.') => rest.parse::<f64>().is_ok(),
        _ => rest == "inf",
    }
}

/// Matches `text` against a glob as `KEYS` and `SCAN` do: `*`, `?`, `[..]`,
/// `[^..]`, ranges, and `\\` to take the next character as it is.
///
/// Runs in the product of both lengths at worst: after a mismatch only the last
/// star is tried again, which finds a match whenever there is one.
pub fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
            if p == pattern.len() {
                return true;
            }
        } else if let Some(next) = one_matches(pattern, p, text[t]) {
            p = next;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Returns where the pattern goes on if its element at `p` takes `byte`.
fn one_matches(pattern: &[u8], p: usize, byte: u8) -> Option<usize> {
    match *pattern.get(p)? {
        b'?' => Some(p + 1),
        b'[' => class_matches(pattern, p, byte),
        b'\\' if p + 1 < pattern.len() => (pattern[p + 1] == byte).then_some(p + 2),
        literal => (literal == byte).then_some(p + 1),
    }
}

fn class_matches(pattern: &[u8], p: usize, byte: u8) -> Option<usize> {
    let mut at = p + 1;
    let negated = pattern.get(at) == Some(&b'^');
    if negated {
        at += 1;
    }
    let mut found = false;
    // A class that is never closed reaches to the pattern's end, as in Redis.
    while let Some(&first) = pattern.get(at) {
        if first == b']' {
            at += 1;
            break;
        }
        if first == b'\\' && at + 1 < pattern.len() {
            found |= pattern[at + 1] == byte;
            at += 2;
        } else if pattern.get(at + 1) == Some(&b'-') && at + 2 < pattern.len() {
            let last = pattern[at + 2];
            found |= (first.min(last)..=first.max(last)).contains(&byte);
            at += 3;
        } else {
            found |= first == byte;
            at += 1;
        }
    }
    (found != negated).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_takes_out_what_would_break_a_reply() {
        assert_eq!(one_line("a\r\nb\0c é").as_c_str(), c"a  b\\x00c é");
    }

    #[test]
    fn python_reads_its_literals_back() {
        assert_eq!(python_literal("a'b\\c\n\u{85}é"), r"'a\'b\\c\x0a\x85é'");
    }

    #[test]
    fn names_in_info_do_not_look_like_values() {
        assert_eq!(info_name("a:b=c,d e\n#é").as_c_str(), c"a_b_c_d_e__é");
    }

    #[test]
    fn log_text_is_one_line_and_keeps_percent_signs() {
        assert_eq!(
            for_log("a\r\n%s\0\t\u{1b}[1m\u{85}\u{2028}\u{202e}\u{b}\\é").as_c_str(),
            c"a\\r\\n%s\\x00\\t\\x1b[1m\\x85\\u2028\\u202e\\x0b\\é"
        );
    }

    #[test]
    fn log_lines_are_no_longer_than_the_server_lets_them_be() {
        for text in ["x".repeat(5_000), "\u{202e}".repeat(300), "é".repeat(501)] {
            let line = for_log(&format!("begin {text} end"));
            let line = line.to_str().unwrap();
            assert!(
                line.starts_with("begin ") && line.ends_with(" end"),
                "{line}"
            );
            assert!(line.len() <= LONGEST_LINE, "{}", line.len());
        }
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(shortened("as it is", 8), "as it is");
        assert_eq!(shortened("0123456789abcdef", 8), "01 [...] cdef");
        assert_eq!(shortened(&"é".repeat(9), 9), "é [...] éé");
    }

    #[test]
    fn negative_numbers_are_told_from_error_texts() {
        for number in ["-5", "-1.5", "-1e+100", "-inf", "-0.0", "-.5"] {
            assert!(is_negative_number(number), "{number}");
        }
        for text in [
            "-",
            "-ERR 5",
            "-5x",
            "--5",
            "5",
            "-infinity pool",
            "-nan",
            "-e5",
        ] {
            assert!(!is_negative_number(text), "{text}");
        }
    }

    #[test]
    fn globs_match_as_in_redis() {
        let cases: [(&str, &str, bool); 16] = [
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("h[ae]llo", "hello", true),
            ("h[^e]llo", "hello", false),
            ("h[a-c]llo", "hbllo", true),
            ("h[c-a]llo", "hbllo", true),
            ("k\\*", "k*", true),
            ("k\\*", "kx", false),
            ("", "", true),
            ("", "a", false),
            ("*a*b*c*", "xxaxxbxxcxx", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                glob_matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn until_nul_cuts_at_the_first_nul() {
        assert_eq!(until_nul(b"ab\0c\0"), b"ab");
        assert_eq!(until_nul(b"abc"), b"abc");
    }
}
