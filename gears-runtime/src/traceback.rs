//! What a Python error becomes on the wire, read back into its parts.
//!
//! A server writes a traceback as the `repr` of the list of strings that
//! `traceback.format_exception` returns, as `Error type: <class 'X'>, Value: …`
//! when there is no traceback, or as plain text.

use std::fmt;

use crate::{literal, source};

/// Holds one frame of a Python traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    file: String,
    line: u32,
    function: String,
    source: Option<String>,
}

impl Frame {
    /// Returns the file: a Rust file, a Python file of the gear, or a module on the server.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line in the file, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Returns the name of the function.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Returns the source line, when the server had it.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Tells whether the frame is the generated script's call of the body.
    fn is_entry(&self) -> bool {
        self.file == "<string>" && self.function == source::ENTRY
    }

    /// Tells whether the frame belongs to the script around a gear or to the engine.
    fn is_machinery(&self) -> bool {
        self.file == "<string>" || self.file.starts_with("<gears")
    }
}

/// Holds a Python error in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traceback {
    pub(crate) exception: String,
    pub(crate) message: String,
    pub(crate) frames: Vec<Frame>,
    /// What stands before the last traceback when exceptions are chained.
    context: String,
    has_frames: bool,
}

impl Traceback {
    /// Reads an error text; `None` when it has neither structured form.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        Self::parse_list(raw).or_else(|| Self::parse_typed(raw))
    }

    /// Takes plain text as the message of an exception without a type.
    pub(crate) fn flat(raw: &str) -> Self {
        Self {
            message: raw.trim_end().to_owned(),
            ..Self::default()
        }
    }

    fn parse_list(raw: &str) -> Option<Self> {
        let raw = raw.trim_end();
        if !raw.starts_with('[') {
            return None;
        }
        let items = literal::parse_list(raw)?;
        // Every element may hold several lines, and ends with a line end.
        let text = items.concat();
        let lines: Vec<&str> = text.lines().collect();
        // With chained exceptions the last traceback is the one that was raised.
        let start = lines
            .iter()
            .rposition(|line| *line == "Traceback (most recent call last):");
        let context = start.map_or(String::new(), |start| lines[..start].join("\n"));
        let mut rest = &lines[start.map_or(0, |start| start + 1)..];
        let mut frames = Vec::new();
        while let Some((frame, taken)) = Self::parse_frame(rest) {
            frames.extend(frame);
            rest = &rest[taken..];
        }
        let last = rest.join("\n");
        let (exception, message) = Self::split_exception(&last);
        Some(Self {
            exception,
            message,
            frames,
            context,
            has_frames: start.is_some(),
        })
    }

    /// Reads `  File "x", line 1, in f` and the indented lines that follow it.
    ///
    /// A line that tells of repeated frames counts as taken, without a frame.
    fn parse_frame(lines: &[&str]) -> Option<(Option<Frame>, usize)> {
        let head = lines.first()?;
        if head.starts_with("  [Previous line repeated ") {
            return Some((None, 1));
        }
        let rest = head.strip_prefix("  File \"")?;
        let (file, rest) = rest.rsplit_once("\", line ")?;
        let (line, function) = match rest.split_once(", in ") {
            Some((line, function)) => (line, function),
            // A syntax error names no function.
            None => (rest, ""),
        };
        let line = line.parse().ok()?;
        let below = lines[1..]
            .iter()
            .take_while(|line| line.starts_with("    "))
            .count();
        let source = (below > 0).then(|| lines[1].trim().to_owned());
        let frame = Frame {
            file: file.to_owned(),
            line,
            function: function.to_owned(),
            source,
        };
        Some((Some(frame), 1 + below))
    }

    fn split_exception(last: &str) -> (String, String) {
        let last = last.trim_end();
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|char| char.is_alphanumeric() || matches!(char, '_' | '.' | '<' | '>'))
        };
        match last.split_once(": ") {
            Some((name, message)) if is_name(name) => (name.to_owned(), message.to_owned()),
            // An exception without a message shows its type alone.
            _ => {
                let name = last.strip_suffix(':').unwrap_or(last);
                if is_name(name) {
                    (name.to_owned(), String::new())
                } else {
                    (String::new(), last.to_owned())
                }
            }
        }
    }

    /// Reads `Error type: <class 'X'>, Value: message`.
    fn parse_typed(raw: &str) -> Option<Self> {
        let rest = raw.strip_prefix("Error type: <class '")?;
        let (exception, message) = rest.split_once("'>, Value: ")?;
        Some(Self {
            exception: exception.to_owned(),
            message: message.trim_end().to_owned(),
            ..Self::default()
        })
    }

    /// Drops the frames of the generated script, of the engine, and of what the engine calls.
    pub(crate) fn without_machinery(mut self) -> Self {
        let entry = self.frames.iter().rposition(Frame::is_entry);
        self.frames.drain(..entry.map_or(0, |entry| entry + 1));
        self.frames.retain(|frame| !frame.is_machinery());
        self
    }
}

impl fmt::Display for Traceback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.context.is_empty() {
            writeln!(f, "{}", self.context)?;
        }
        if self.has_frames && !self.frames.is_empty() {
            f.write_str("Traceback (most recent call last):\n")?;
            for frame in &self.frames {
                writeln!(
                    f,
                    "  File \"{}\", line {}, in {}",
                    frame.file, frame.line, frame.function
                )?;
                if let Some(source) = &frame.source {
                    writeln!(f, "    {source}")?;
                }
            }
        }
        match (self.exception.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message),
            (exception, "") => f.write_str(exception),
            (exception, message) => write!(f, "{exception}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZERO: &str = r#"['Traceback (most recent call last):\n', '  File "<string>", line 9, in _gear_call\n', '  File "src/main.rs", line 42, in cache_get\n    foo(1 / 0)\n        ~~^~~\n', 'ZeroDivisionError: division by zero\n']"#;

    #[test]
    fn traceback_is_taken_apart() {
        let traceback = Traceback::parse(ZERO).unwrap().without_machinery();
        assert_eq!(traceback.exception, "ZeroDivisionError");
        assert_eq!(traceback.message, "division by zero");
        assert_eq!(
            traceback.frames,
            [Frame {
                file: "src/main.rs".into(),
                line: 42,
                function: "cache_get".into(),
                source: Some("foo(1 / 0)".into()),
            }]
        );
        assert_eq!(
            traceback.to_string(),
            "Traceback (most recent call last):\n  File \"src/main.rs\", line 42, in cache_get\n    \
             foo(1 / 0)\nZeroDivisionError: division by zero"
        );
    }

    #[test]
    fn chained_exceptions_keep_the_context() {
        let raw = r#"['Traceback (most recent call last):\n', '  File "a.rs", line 1, in f\n', 'KeyError: 1\n', '\nDuring handling of the above exception, another exception occurred:\n\n', 'Traceback (most recent call last):\n', '  File "a.rs", line 3, in f\n', "ValueError: it's: bad\n"]"#;
        let traceback = Traceback::parse(raw).unwrap();
        assert_eq!(
            (traceback.exception.as_str(), traceback.message.as_str()),
            ("ValueError", "it's: bad")
        );
        assert_eq!(traceback.frames.len(), 1);
        assert!(traceback.to_string().contains("KeyError: 1"));
    }

    #[test]
    fn messages_of_several_lines_and_none_at_all() {
        let raw = r"['Traceback (most recent call last):\n', 'gears.error: a\nb\n']";
        let traceback = Traceback::parse(raw).unwrap();
        assert_eq!(
            (traceback.exception.as_str(), traceback.message.as_str()),
            ("gears.error", "a\nb")
        );
        let traceback = Traceback::parse(r"['StopIteration\n']").unwrap();
        assert_eq!(
            (traceback.exception.as_str(), traceback.message.as_str()),
            ("StopIteration", "")
        );
    }

    #[test]
    fn typed_text_is_taken_apart() {
        let raw = "Error type: <class 'TypeError'>, Value: f() missing 1 argument: 'y'";
        let traceback = Traceback::parse(raw).unwrap();
        assert_eq!(
            traceback.to_string(),
            "TypeError: f() missing 1 argument: 'y'"
        );
    }

    proptest! {
        #[test]
        fn never_panics(raw in ".*") {
            let _ = Traceback::parse(&raw);
        }

        #[test]
        fn never_panics_on_lists(inner in r#"[\[\]'"\\nuUxN{}0-9a-f, FileTrackbn:\n]*"#) {
            let _ = Traceback::parse(&format!("['{inner}']")).map(|traceback| traceback.to_string());
        }
    }
}
