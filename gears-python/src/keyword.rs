/// Returns whether Python refuses `name` as the name of a parameter or function.
///
/// Soft keywords (`match`, `case`, `type`, `_`) are fine as names.
///
/// ```
/// assert!(gears_python::is_keyword("lambda"));
/// assert!(!gears_python::is_keyword("type"));
/// ```
pub fn is_keyword(name: &str) -> bool {
    // `__debug__` is no keyword by the letter, but binding it is the same syntax error.
    name == "__debug__" || ruff_python_stdlib::keyword::is_keyword(name)
}
