//! One frame of a traceback.

use crate::python::{name, spot::Spot};

/// Holds one frame of a Python traceback.
///
/// Python that was written in Rust has the file and line of the Rust source.
///
/// # Examples
///
/// ```
/// use gears_runtime::Frame;
///
/// /// Writes a frame as editors and terminals make links of it.
/// fn link(frame: &Frame) -> String {
///     format!("{}:{} in {}", frame.file(), frame.line(), frame.function())
/// }
/// # let raw = r#"['Traceback (most recent call last):\n',
/// #     '  File "src/main.rs", line 7, in age\n    return int(text)\n', 'ValueError: old\n']"#;
/// # let error = gears_runtime::data::ExecutionError::from(raw).python().unwrap();
/// assert_eq!(link(&error.frames()[0]), "src/main.rs:7 in age");
/// ```
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

    /// Reads `  File "x", line 1, in f`, and the source line below it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let rest = lines.next()?.strip_prefix("  File \"")?;
        // Neither a line's number nor a function's name holds what is looked for.
        let (file, rest) = rest.rsplit_once("\", line ")?;
        let (line, function) = rest.split_once(", in ")?;
        Some(Self {
            file: file.to_owned(),
            line: line.parse().ok()?,
            function: function.to_owned(),
            source: lines.next().map(|source| source.trim().to_owned()),
        })
    }

    /// Makes the frame of a call in Rust.
    pub(super) fn of_spot(spot: &Spot) -> Self {
        Self {
            file: spot.file.clone(),
            line: spot.line,
            function: spot.name.to_owned(),
            source: Some(spot.call.clone()),
        }
    }

    /// Writes the frame as Python prints it.
    pub(super) fn printed(&self) -> String {
        let source = match &self.source {
            Some(source) => format!("    {source}\n"),
            None => String::new(),
        };
        format!(
            "  File \"{}\", line {}, in {}\n{source}",
            self.file, self.line, self.function
        )
    }

    /// Tells whether the frame is that of a script itself, outside of all functions.
    pub(super) fn is_module(&self) -> bool {
        self.file == "<string>" && self.function == "<module>"
    }

    /// Tells whether the frame is that of a comprehension or another function without a name, in a script.
    pub(super) fn is_nameless(&self) -> bool {
        self.is_of_script() && self.function.starts_with('<') && !self.is_module()
    }

    /// Tells whether the frame belongs to the engine, or to what gears-runtime brings into scripts.
    pub(super) fn is_helper(&self) -> bool {
        self.is_of_script() && self.function.starts_with(name::OWN)
            || self.file.starts_with("<gears")
    }

    /// Tells whether the frame is the generated script's call of the body.
    pub(super) fn is_entry(&self) -> bool {
        self.is_of_script() && self.function == name::ENTRY
    }

    /// Tells whether the frame belongs to the script around a gear or to the engine.
    pub(super) fn is_machinery(&self) -> bool {
        self.is_of_script() || self.file.starts_with("<gears")
    }

    fn is_of_script(&self) -> bool {
        name::SCRIPTS.contains(&&*self.file)
    }
}
