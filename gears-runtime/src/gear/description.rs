//! What the description of a registration ends with.

/// Begins the fingerprint, which is the last of the marks.
pub(super) const MARK: &str = "[gears ";

/// Returns a description without the fingerprint at its end.
pub(super) fn without_fingerprint(description: &str) -> &str {
    match description.rsplit_once(MARK) {
        Some((text, mark)) if mark.ends_with(']') => text.trim_end(),
        _ => description,
    }
}
