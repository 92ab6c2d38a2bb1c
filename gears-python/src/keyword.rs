/// Words that no Python from 3.7 on takes as a name.
///
/// `__debug__` is no keyword by the letter, but binding it is the same syntax error.
const KEYWORDS: [&str; 36] = [
    "False",
    "None",
    "True",
    "__debug__",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
];

/// Returns whether Python refuses `name` as the name of a parameter or function.
///
/// Soft keywords (`match`, `case`, `type`, `_`) are fine as names.
///
/// ```
/// assert!(gears_python::is_keyword("lambda"));
/// assert!(!gears_python::is_keyword("type"));
/// ```
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}
