use std::fmt;

use crate::diagnostic::{Diagnostic, Place};
use crate::rule::{Level, Rule};

/// One thing that is wrong with a file of Python, in parts that a tool can print or hand on.
///
/// Printed, it reads like rustc's own:
///
/// ```text
/// error[undefined-name]: `kye` is not defined
///  --> gears/page.py:2:16
///   |
/// 2 | return cmd.get(kye)
///   |                ^^^
///   = help: did you mean `key`?
/// ```
///
/// # Examples
///
/// ```
/// use gears_python::{FileChecker, PythonVersion};
///
/// let checker = FileChecker::new(PythonVersion::DEFAULT).body(&["key"]);
/// let findings = checker.check("gears/page.py", b"# A page.\nreturn cmd.get(kye)\n");
/// assert!(findings[0].to_string().starts_with(
///     "error[undefined-name]: `kye` is not defined\n --> gears/page.py:2:16\n"
/// ));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    diagnostic: Diagnostic,
}

impl Finding {
    pub(crate) fn new(diagnostic: Diagnostic) -> Self {
        Self { diagnostic }
    }

    /// Returns the rule that is broken, or `None` for what Python itself refuses to compile.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion, Rule};
    ///
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// assert_eq!(checker.check("a.py", b"print(don)\n")[0].rule(), Some(Rule::UndefinedName));
    /// assert_eq!(checker.check("a.py", b"print(1\n")[0].rule(), None);
    /// ```
    pub fn rule(&self) -> Option<Rule> {
        self.diagnostic.rule()
    }

    /// Returns the name of the rule, or `syntax` for what Python itself refuses to compile.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let checker = FileChecker::new(PythonVersion::DEFAULT);
    /// assert_eq!(checker.check("a.py", b"print(don)\n")[0].rule_name(), "undefined-name");
    /// assert_eq!(checker.check("a.py", b"print(1\n")[0].rule_name(), "syntax");
    /// ```
    pub fn rule_name(&self) -> &'static str {
        self.rule().map_or("syntax", Rule::name)
    }

    /// Returns how much it weighs.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, Level, PythonVersion};
    ///
    /// let script = b"import requests\nlog(requests.__version__)\n";
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("jobs/page.py", script);
    /// assert!(findings.iter().all(|found| found.level() < Level::Error), "it may run for all that");
    /// ```
    pub fn level(&self) -> Level {
        self.diagnostic.level()
    }

    /// Returns the file, as it was named.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("jobs/a.py", b"print(don)\n");
    /// assert_eq!(findings[0].file(), "jobs/a.py");
    /// ```
    pub fn file(&self) -> &str {
        self.diagnostic.place().file()
    }

    /// Returns line and column where it begins, both from 1, the column in characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("a.py", b"a = 1\nprint(don)\n");
    /// assert_eq!(findings[0].start(), (2, 7));
    /// ```
    pub fn start(&self) -> (u32, u32) {
        position(self.diagnostic.place())
    }

    /// Returns line and column of the first character after it, both from 1; the same as [`start`](Self::start) where it
    /// is about a place and not about a stretch.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("a.py", b"a = 1\nprint(don)\n");
    /// assert_eq!(findings[0].end(), (2, 10), "behind the three letters of `don`");
    /// ```
    pub fn end(&self) -> (u32, u32) {
        position(self.diagnostic.end())
    }

    /// Returns what is wrong, without the place.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("a.py", b"print(don)\n");
    /// assert_eq!(findings[0].message(), "`don` is not defined");
    /// ```
    pub fn message(&self) -> &str {
        self.diagnostic.message()
    }

    /// Returns what to do about it, if there is something better to say than "mend it".
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let script = b"import requests\nlog(requests.__version__)\n";
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("jobs/page.py", script);
    /// assert_eq!(findings[0].help(), Some("require `requests`"));
    /// ```
    pub fn help(&self) -> Option<&str> {
        self.diagnostic.help()
    }

    /// Returns the line that it begins on.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_python::{FileChecker, PythonVersion};
    ///
    /// let script = b"for n in range(3):\n    print(m)\n";
    /// let findings = FileChecker::new(PythonVersion::DEFAULT).check("a.py", script);
    /// assert_eq!(findings[0].source_line(), "    print(m)");
    /// ```
    pub fn source_line(&self) -> &str {
        self.diagnostic.source_line()
    }
}

/// Prints level, rule, message, place, line and help on several lines, without a line end after the last.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.start().0.to_string();
        let gutter = " ".repeat(number.len());
        let (level, rule) = (self.level(), self.rule_name());
        writeln!(f, "{level}[{rule}]: {}", self.message())?;
        writeln!(f, "{gutter}--> {}", self.diagnostic.place())?;
        let (line, marks) = self.diagnostic.excerpt();
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {line}")?;
        write!(f, "{gutter} | {marks}")?;
        if let Some(note) = &self.diagnostic.note {
            write!(f, "\n{gutter} = note: {note}")?;
        }
        if let Some(help) = self.help() {
            write!(f, "\n{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

/// In a file of its own, every line is known.
fn position(place: &Place) -> (u32, u32) {
    (place.line().unwrap_or(1), place.column())
}
