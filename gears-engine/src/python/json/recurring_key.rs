//! Keys of objects, which come again with each object of a kind: made once.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::read::text;

/// How long such a key may be.
const LONGEST: usize = 32;

/// How many are kept, each in the place that its bytes say.
const PLACES: usize = 256;

thread_local! {
    /// Those that this thread met last.
    static KEYS: RefCell<[Option<Py<PyString>>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
}

/// Makes the text of a key.
///
/// # Errors
///
/// When there is no memory.
pub(super) fn key<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyString>> {
    if name.len() > LONGEST {
        return text(py, name);
    }
    let place = place(name.as_bytes());
    let kept = KEYS.with_borrow(|keys| {
        let key = keys[place].as_ref()?.bind(py);
        (key.to_str().ok()? == name).then(|| key.clone())
    });
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let made = text(py, name)?;
    // The one that goes may be the last of its kind: not while the table is held.
    let gone = KEYS.with_borrow_mut(|keys| keys[place].replace(made.clone().unbind()));
    drop(gone);
    Ok(made)
}

fn place(name: &[u8]) -> usize {
    // Multiplication spreads what differs in a few bits over the upper ones.
    let spread = name.iter().fold(name.len() as u64, |spread, byte| {
        (spread.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
    });
    (spread >> 56) as usize % PLACES
}
