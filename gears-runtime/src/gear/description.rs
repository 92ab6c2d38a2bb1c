//! What the description of a registration ends with.

/// Begins the fingerprint, which is the last of the marks.
pub(super) const MARK: &str = "[gears ";

/// Begins the fingerprint of a function that was built in Rust.
pub(super) const FUNCTION_MARK: &str = "[gears-function ";

/// Returns a description without the fingerprint at its end.
pub(super) fn without_fingerprint(description: &str) -> &str {
    for begin in [MARK, FUNCTION_MARK] {
        match description.rsplit_once(begin) {
            Some((text, mark)) if mark.ends_with(']') => return text.trim_end(),
            _ => {}
        }
    }
    description
}
