use std::fmt;

use crate::rule::{Level, Rule};

/// How much of a long line a diagnostic shows.
const SHOWN: usize = 100;

/// Where in its source file something in a body stands.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin};
///
/// let body = Body::new("a = 1\nreturn a", Origin::exact("gears/a.py", 1, 1));
/// let place = body.place(6);
/// assert_eq!((place.file(), place.line(), place.column()), ("gears/a.py", Some(2), 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) file: String,
    pub(crate) position: Position,
}

/// How well the place in the source file is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Line and column of the file.
    Exact { line: u32, column: u32 },
    /// Line of the file at which the body begins, line and column of the body.
    Relative { start: u32, line: u32, column: u32 },
}

impl Place {
    /// Returns the source file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line of the source file, from 1, or `None` when only the line of the body is known.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// let text = "a = 1\nreturn a";
    /// assert_eq!(Body::new(text, Origin::exact("gears/a.py", 1, 1)).place(6).line(), Some(2));
    /// assert_eq!(Body::new(text, Origin::escaped("src/lib.rs", 7)).place(6).line(), None);
    /// ```
    pub fn line(&self) -> Option<u32> {
        match self.position {
            Position::Exact { line, .. } => Some(line),
            Position::Relative { .. } => None,
        }
    }

    /// Returns the column, counted in characters from 1: of the source file when the line is known, else of the body.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Origin};
    ///
    /// // Characters, not bytes.
    /// let body = Body::new("größe = 1", Origin::exact("gears/a.py", 1, 1));
    /// let equals = body.text().find('=').unwrap();
    /// assert_eq!(body.place(equals).column(), 7);
    /// ```
    pub fn column(&self) -> u32 {
        match self.position {
            Position::Exact { column, .. } | Position::Relative { column, .. } => column,
        }
    }

    /// The number that stands beside the shown line.
    fn shown_line(&self) -> u32 {
        match self.position {
            Position::Exact { line, .. } | Position::Relative { line, .. } => line,
        }
    }
}

/// Prints `file:line:column`, or the line of the body where the line of the file is unknown.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match self.position {
            Position::Exact { line, column } => write!(f, "{file}:{line}:{column}"),
            Position::Relative {
                start,
                line,
                column,
            } => write!(
                f,
                "{file}:{start} (line {line}, column {column} of the body)"
            ),
        }
    }
}

/// One thing that is wrong with a body: what, where, the line it is on and a way out.
///
/// The message that [`Display`](fmt::Display) prints starts with `python:` and the [`Place`], and ends with the
/// offending line and a caret under it.
///
/// # Examples
///
/// ```
/// use gears_python::{Body, Origin, PythonVersion, check};
///
/// let body = Body::new("return (1", Origin::exact("src/lib.rs", 42, 9));
/// let problems = check(&body, PythonVersion::DEFAULT, &[]).unwrap_err();
/// let text = problems[0].to_string();
/// assert!(text.starts_with("python: src/lib.rs:42:"));
/// assert!(text.contains(" 42 | return (1\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) rule: Option<Rule>,
    pub(crate) parameter: Option<String>,
    pub(crate) place: Place,
    pub(crate) end: Place,
    pub(crate) source_line: String,
    /// Where the caret stands in `source_line` and how wide it is, both in characters.
    pub(crate) caret: (usize, usize),
}

impl Diagnostic {
    /// Returns what is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do about it, if there is something better to say than "mend it".
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Returns the rule that is broken, or `None` for what Python itself refuses to compile.
    pub fn rule(&self) -> Option<Rule> {
        self.rule
    }

    /// Returns how much it weighs.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{Body, Checker, Level, Origin, PythonVersion};
    ///
    /// let body = Body::new("return 1\nlog('never')", Origin::exact("src/lib.rs", 7, 9));
    /// let report = Checker::new(PythonVersion::DEFAULT).check(&body);
    /// assert_eq!(report.diagnostics()[0].level(), Level::Warning);
    /// ```
    pub fn level(&self) -> Level {
        self.rule.map_or(Level::Error, Rule::level)
    }

    /// Returns the parameter that it is about as a whole: that stands in the signature, so the [`place`](Self::place)
    /// is only that of the body.
    pub fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// Returns where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns where it ends: the place of the first character after it.
    pub fn end(&self) -> &Place {
        &self.end
    }

    /// Returns the offending line, without the indentation that the body shares.
    pub fn source_line(&self) -> &str {
        &self.source_line
    }

    /// The part of the line that is shown, its caret line beneath.
    pub(crate) fn excerpt(&self) -> (String, String) {
        let chars: Vec<char> = self.source_line.chars().collect();
        let (start, width) = self.caret;
        let start = start.min(chars.len());
        // A long line is cut so that what comes shortly before the caret is still in view.
        let from = if chars.len() > SHOWN {
            start.saturating_sub(SHOWN / 2)
        } else {
            0
        };
        let to = chars.len().min(from + SHOWN);
        let mut line = String::new();
        let mut marks = String::new();
        if from > 0 {
            line.push('…');
            marks.push(' ');
        }
        for (index, &character) in chars[from..to].iter().enumerate() {
            // Whatever a terminal would act upon is shown as a replacement character; tabs keep the caret in line.
            line.push(match character {
                '\t' => '\t',
                control if control.is_control() => '\u{fffd}',
                other => other,
            });
            if from + index < start {
                marks.push(if character == '\t' { '\t' } else { ' ' });
            }
        }
        if to < chars.len() {
            line.push('…');
        }
        let width = width.min(to.saturating_sub(start)).max(1);
        marks.push_str(&"^".repeat(width));
        (line, marks)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.place.shown_line().to_string();
        let gutter = " ".repeat(number.len());
        match &self.parameter {
            Some(_) => write!(f, "python: {}", self.message)?,
            None => {
                let (line, marks) = self.excerpt();
                writeln!(f, "python: {}: {}", self.place, self.message)?;
                writeln!(f, " {gutter} |")?;
                writeln!(f, " {number} | {line}")?;
                write!(f, " {gutter} | {marks}")?;
            }
        }
        if let Some(note) = &self.note {
            write!(f, "\n {gutter} = note: {note}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n {gutter} = help: {help}")?;
        }
        if let Some(rule) = self.rule {
            write!(
                f,
                "\n {gutter} = note: `allow = [\"{rule}\"]` switches this check off"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source_line: &str, caret: (usize, usize)) -> Diagnostic {
        let place = |column| Place {
            file: "src/x.rs".into(),
            position: Position::Exact { line: 42, column },
        };
        Diagnostic {
            message: "expected an expression".into(),
            help: None,
            note: None,
            rule: None,
            parameter: None,
            place: place(17),
            end: place(19),
            source_line: source_line.into(),
            caret,
        }
    }

    #[test]
    fn shows_place_line_and_caret() {
        let text = diagnostic("return if", (7, 2)).to_string();
        assert_eq!(
            text,
            "python: src/x.rs:42:17: expected an expression\n    |\n 42 | return if\n    |        ^^"
        );
    }

    #[test]
    fn tabs_stay_and_control_characters_do_not() {
        let text = diagnostic("\ta\u{0}\u{1b}[0m if", (8, 2)).to_string();
        assert!(text.contains("\ta\u{fffd}\u{fffd}[0m if\n"), "{text:?}");
        assert!(text.ends_with("| \t       ^^"), "{text:?}");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let line = format!("{}!{}", "a".repeat(5_000), "b".repeat(5_000));
        let text = diagnostic(&line, (5_000, 1)).to_string();
        assert!(text.len() < 400, "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let column = |line: &str, wanted: char| line.chars().position(|c| c == wanted);
        assert_eq!(column(lines[2], '!'), column(lines[3], '^'));
    }

    #[test]
    fn an_unknown_line_is_told_as_such() {
        let mut diagnostic = diagnostic("x", (0, 9));
        diagnostic.place.position = Position::Relative {
            start: 40,
            line: 2,
            column: 1,
        };
        let text = diagnostic.to_string();
        assert!(
            text.starts_with("python: src/x.rs:40 (line 2, column 1 of the body): "),
            "{text}"
        );
        assert!(text.ends_with("   | ^"), "{text:?}");
    }
}
