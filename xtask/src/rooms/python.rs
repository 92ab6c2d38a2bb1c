//! Where code deals with the Python in its process.

/// The crate, and the name that the interpreter's token has wherever one is at hand.
const NAMES: [&str; 2] = ["pyo3", "py"];

/// Returns the lines, counted from 1, in which code names pyo3 or has Python at hand.
pub(super) fn lines(code: &str) -> impl Iterator<Item = usize> {
    let lines = code.lines().zip(1..);
    lines.filter_map(|(line, at)| names_python(line).then_some(at))
}

fn names_python(line: &str) -> bool {
    let words = line.split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '.'));
    // What follows a full stop is the end of a file's name, or of something that was named before.
    let mut firsts = words.map(|word| word.split('.').next().unwrap_or_default());
    firsts.any(|word| NAMES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_found_where_it_is_named_or_at_hand() {
        let code = "use pyo3::prelude::*;\nfn f(_: pyo3::Python<'_>) {}\n\nattach(|py| print(py))";
        assert_eq!(lines(code).collect::<Vec<_>>(), [1, 2, 4]);
        let lifetime = "fn f<'py>(of: &Bound<'py, PyAny>) {\n    g(py.None())\n}";
        assert_eq!(lines(lifetime).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn other_names_are_none_of_it() {
        let code = "c\"rg.pyexecute\"\ninclude_str!(\"pickle.py\")\nuse crate::python::copy;";
        assert_eq!(lines(code).count(), 0);
    }
}
