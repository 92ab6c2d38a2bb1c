//! Python's builtins, by version.

use ruff_python_stdlib::builtins;

use crate::version::PythonVersion;

/// Returns the first version that has a builtin, or `None` when none has.
pub(crate) fn since(name: &str) -> Option<PythonVersion> {
    if name == "__builtins__" {
        // Every global namespace has it, whatever it is of.
        return Some(PythonVersion::OLDEST);
    }
    let minor = builtins::version_builtin_was_added(name)?;
    PythonVersion::all().find(|version| version.minor() >= minor)
}

/// Returns whether the name is one that Python gives to modules that are files.
pub(crate) fn is_of_file(name: &str) -> bool {
    let newest = PythonVersion::NEWEST.minor();
    // Those of a folder have the last one.
    builtins::python_magic_globals(newest).any(|known| known == name) || name == "__path__"
}

/// Returns the builtins of every Python.
pub(crate) fn always() -> impl Iterator<Item = &'static str> {
    builtins::python_builtins(PythonVersion::OLDEST.minor(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtins_have_their_version() {
        assert_eq!(since("len"), Some(PythonVersion::OLDEST));
        assert_eq!(since("__builtins__"), Some(PythonVersion::OLDEST));
        assert_eq!(since("anext").unwrap().to_string(), "3.10");
        assert_eq!(since("ExceptionGroup").unwrap().to_string(), "3.11");
        assert_eq!(
            since("PythonFinalizationError").unwrap().to_string(),
            "3.13"
        );
        assert_eq!(since("unicode"), None);
        // Of a Python that nobody can ask for yet.
        assert_eq!(since("frozendict"), None);
        assert!(is_of_file("__file__") && !is_of_file("file"));
        assert!(always().any(|name| name == "print"));
        assert!(!always().any(|name| name == "anext"));
    }
}
