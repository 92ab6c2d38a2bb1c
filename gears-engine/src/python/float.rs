//! Floats as Python prints them.

use pyo3::prelude::*;
use pyo3::types::PyFloat;
use serde_json::ser::{CompactFormatter, Formatter as _};

/// Between these JSON and Python print the same: the fewest digits that read back as the number, those nearest to it,
/// without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e16;

/// Writes a float as `repr` shows it; nothing where there is no memory, and has written nothing then.
pub(crate) fn write(text: &mut Vec<u8>, number: &Bound<'_, PyFloat>) -> Option<()> {
    let value = number.value();
    if value == 0.0 || PLAIN.contains(&value.abs()) {
        return CompactFormatter.write_f64(text, value).ok();
    }
    text.extend_from_slice(number.repr().ok()?.to_str().ok()?.as_bytes());
    Some(())
}
