//! Where in a script something went wrong.

use std::path::Path;

/// What a server calls the text of a script.
pub(crate) const TEXT: &str = "<string>";

/// The file that a script was read from, for the tracebacks that the server answers.
#[derive(Clone, Debug)]
pub(crate) struct ScriptName(String);

impl ScriptName {
    /// Names a file as it was named on the command line; Python has a name for the standard input.
    pub(crate) fn of(path: &Path) -> Self {
        if path == Path::new("-") {
            Self("<stdin>".to_owned())
        } else {
            Self(path.display().to_string())
        }
    }

    /// Returns the name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Writes the name where a traceback has that of a text.
    pub(crate) fn place(&self, text: &str) -> String {
        text.replace(&format!("File \"{TEXT}\""), &format!("File \"{}\"", self.0))
            .replace(&format!("({TEXT}, line "), &format!("({}, line ", self.0))
    }
}

impl From<&str> for ScriptName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracebacks_name_the_file() {
        let name = ScriptName::of(Path::new("jobs/a.py"));
        assert_eq!(
            name.place("  File \"<string>\", line 2, in f\nSyntaxError: no (<string>, line 3)"),
            "  File \"jobs/a.py\", line 2, in f\nSyntaxError: no (jobs/a.py, line 3)"
        );
        assert_eq!(name.place("'<string>'"), "'<string>'");
        assert_eq!(ScriptName::of(Path::new("-")).as_str(), "<stdin>");
    }
}
