//! Features that not all servers have.

use gears_runtime::Result;

/// Returns what came, or nothing where the server lacks `feature` and the error says so.
///
/// # Panics
///
/// When the error is about anything else.
pub fn unless_lacking<T>(came: Result<T>, feature: &str) -> Option<T> {
    match came {
        Ok(value) => Some(value),
        Err(error) => {
            let lack = error
                .unsupported()
                .unwrap_or_else(|| panic!("not about a lack: {error}"));
            assert!(lack.feature().contains(feature), "{error}");
            assert!(!lack.server().is_empty(), "{error}");
            None
        }
    }
}

/// Returns what came of a call with this text, or nothing where it has a NUL that the server would cut.
///
/// # Panics
///
/// When the error is about anything else.
pub fn unless_cut<T>(came: Result<T>, text: &str) -> Option<T> {
    let came = unless_lacking(came, "NUL");
    assert!(came.is_some() || text.contains('\0'), "{text:?} has no NUL");
    came
}
