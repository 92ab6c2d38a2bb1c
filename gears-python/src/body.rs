use crate::dedent::{dedent, margin};
use crate::diagnostic::{Diagnostic, Place, Position};

/// Where the text of a body begins in its source file.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin};
///
/// // Of `fn one() -> Result<i64> { "return 1" }` in line 7.
/// let body = Body::new("return 1", Origin::exact("src/lib.rs", 7, 30));
/// assert_eq!(body.place(7).to_string(), "src/lib.rs:7:37");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    file: String,
    line: u32,
    /// Column of the text's first character, from 1; `None` when lines of the text are not lines of the file.
    column: Option<u32>,
}

impl Origin {
    /// Says that the text stands in `file` character by character, its first one at `line` and `column` (from 1).
    ///
    /// That is so for raw strings, for strings without escapes and for files.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// let file = "import math\nreturn math.pi\n";
    /// let body = Body::new(file, Origin::exact("gears/pi.py", 1, 1));
    /// assert_eq!(body.place(12).to_string(), "gears/pi.py:2:1");
    /// ```
    pub fn exact(file: impl Into<String>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column: Some(column),
        }
    }

    /// Says that the text comes from a literal that begins at `line` of `file`, but that its lines are not lines of
    /// the file, because escapes such as `\n` made some of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// // The literal `"a = 1\nreturn a"` is one line of the file, and two of Python.
    /// let body = Body::new("a = 1\nreturn a", Origin::escaped("src/lib.rs", 7));
    /// assert_eq!(body.place(6).to_string(), "src/lib.rs:7 (line 2, column 1 of the body)");
    /// ```
    pub fn escaped(file: impl Into<String>, line: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column: None,
        }
    }
}

/// The Python of one gear, as it will stand inside of a `def`, with the way back to its source file.
///
/// The text is the given one with line ends made `\n`, a byte order mark, blank lines before and blank space after
/// removed, and dedented.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin};
///
/// let body = Body::new(
///     "
///     if limit:
///         return limit
///     ",
///     Origin::exact("src/lib.rs", 20, 8),
/// );
/// assert_eq!(body.text(), "if limit:\n    return limit");
/// assert_eq!(body.first_line(), Some(21));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    text: String,
    origin: Origin,
    /// How many lines of the given text come before the first one of `text`.
    skipped: u32,
    /// How many characters dedenting took from each line.
    margin: u32,
}

impl Body {
    /// Prepares the text of a literal or file.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// let windows = Body::new("a = 1\r\nreturn a\r\n", Origin::exact("gears/a.py", 1, 1));
    /// assert_eq!(windows.text(), "a = 1\nreturn a");
    /// ```
    pub fn new(given: &str, origin: Origin) -> Self {
        let given = given.strip_prefix('\u{feff}').unwrap_or(given);
        // Python reads all three kinds of line end; one kind is enough from here on.
        let given = given.replace("\r\n", "\n").replace('\r', "\n");
        // Spaces and tabs only: `textwrap.dedent` shares no other kind of margin, so every byte is a character.
        let margin = margin(&given).len() as u32;
        let dedented = dedent(&given);
        let text = dedented.trim_start_matches('\n');
        let skipped = (dedented.len() - text.len()) as u32;
        Self {
            text: text.trim_end().to_owned(),
            origin,
            skipped,
            margin,
        }
    }

    /// Prepares the text of a file that is run as it stands: with the indentation that it has.
    pub(crate) fn verbatim(given: &str, origin: Origin) -> Self {
        let given = given.strip_prefix('\u{feff}').unwrap_or(given);
        Self {
            text: given.replace("\r\n", "\n").replace('\r', "\n"),
            origin,
            skipped: 0,
            margin: 0,
        }
    }

    /// Returns the prepared text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the file that the body is written in.
    pub fn file(&self) -> &str {
        &self.origin.file
    }

    /// Returns the line of the source file that the first line of [`text`](Self::text) stands on, from 1, or `None`
    /// when the lines of the text are not lines of the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// let literal = "\n\n    return 1\n";
    /// assert_eq!(Body::new(literal, Origin::exact("src/lib.rs", 7, 9)).first_line(), Some(9));
    /// assert_eq!(Body::new(literal, Origin::escaped("src/lib.rs", 7)).first_line(), None);
    /// ```
    pub fn first_line(&self) -> Option<u32> {
        self.origin.column.map(|_| self.origin.line + self.skipped)
    }

    /// Returns the place in the source file of the byte at `offset` of the text.
    ///
    /// An offset beyond the end, or inside of a character, counts as the next one before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// let body = Body::new("\n    total = 0\n    return totla", Origin::exact("src/lib.rs", 7, 9));
    /// let slip = body.text().find("totla").unwrap();
    /// assert_eq!(body.place(slip).to_string(), "src/lib.rs:9:12");
    /// ```
    pub fn place(&self, offset: usize) -> Place {
        let (line, column) = self.line_and_column(offset);
        let position = match self.origin.column {
            Some(first_column) => Position::Exact {
                line: self.origin.line + self.skipped + line,
                column: 1 + column
                    + self.margin
                    // Only the line on which the text begins has the literal's own start before it.
                    + if self.skipped + line == 0 { first_column - 1 } else { 0 },
            },
            None => Position::Relative {
                start: self.origin.line,
                line: self.skipped + line + 1,
                column: 1 + column + self.margin,
            },
        };
        Place {
            file: self.origin.file.clone(),
            position,
        }
    }

    /// Makes a diagnostic for `len` bytes at `offset` of the text.
    pub(crate) fn diagnostic(
        &self,
        offset: usize,
        len: usize,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        let offset = self.floor(offset);
        let end = self.floor(offset.saturating_add(len));
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[start..].split('\n').next().unwrap_or("");
        let before = self.text[start..offset].chars().count();
        let marked = self.text[offset..end].split('\n').next().unwrap_or("");
        Diagnostic {
            message,
            help,
            note: None,
            rule: None,
            parameter: None,
            place: self.place(offset),
            end: self.place(end),
            source_line: line.to_owned(),
            caret: (before, marked.chars().count()),
        }
    }

    /// Line and column of the text, from 0.
    fn line_and_column(&self, offset: usize) -> (u32, u32) {
        let before = &self.text[..self.floor(offset)];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count();
        (line as u32, before[start..].chars().count() as u32)
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(body: &Body, wanted: &str) -> String {
        body.place(body.text().find(wanted).unwrap()).to_string()
    }

    #[test]
    fn lines_and_columns_lead_back_to_the_file() {
        // fn f() { r#"
        //     if a:
        //         b
        //     "# }
        let body = Body::new(
            "\n    if a:\n        bé = c\n    ",
            Origin::exact("src/x.rs", 40, 13),
        );
        assert_eq!(body.text(), "if a:\n    bé = c");
        assert_eq!(body.first_line(), Some(41));
        assert_eq!(place(&body, "if"), "src/x.rs:41:5");
        assert_eq!(place(&body, "b"), "src/x.rs:42:9");
        assert_eq!(place(&body, "c"), "src/x.rs:42:14");
    }

    #[test]
    fn the_line_of_the_opening_quote_counts_its_column() {
        let body = Body::new("return x", Origin::exact("src/x.rs", 7, 20));
        assert_eq!(body.first_line(), Some(7));
        assert_eq!(place(&body, "x"), "src/x.rs:7:27");
    }

    #[test]
    fn escapes_leave_the_line_unknown() {
        let body = Body::new("\n  a\n  b", Origin::escaped("src/x.rs", 7));
        assert_eq!(body.first_line(), None);
        assert_eq!(body.place(2).line(), None);
        assert_eq!(
            place(&body, "b"),
            "src/x.rs:7 (line 3, column 3 of the body)"
        );
    }

    #[test]
    fn files_may_have_a_byte_order_mark_and_any_line_end() {
        let body = Body::new(
            "\u{feff}\r\na = 1\r\nb = 2\rc = 3\r\n",
            Origin::exact("gears/x.py", 1, 1),
        );
        assert_eq!(body.text(), "a = 1\nb = 2\nc = 3");
        assert_eq!(place(&body, "c"), "gears/x.py:4:1");
    }

    #[test]
    fn offsets_out_of_range_are_clamped() {
        let body = Body::new("é", Origin::exact("x", 1, 1));
        assert_eq!(body.place(1).to_string(), "x:1:1");
        assert_eq!(body.place(usize::MAX).to_string(), "x:1:2");
        assert_eq!(Body::new(" \n\t", Origin::exact("x", 1, 1)).text(), "");
    }
}
