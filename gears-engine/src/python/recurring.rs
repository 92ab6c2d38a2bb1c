//! Texts that come again and again, such as names of triggers and events: made once.

use std::cell::RefCell;

use gears_server::Recent;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::convert;

/// How long such a text may be.
const LONGEST: usize = 64;

thread_local! {
    /// Those that this thread made last.
    static AT_HAND: RefCell<Recent<Py<PyString>>> = const { RefCell::new(Recent::new()) };
}

/// As [`convert::text_or_bytes`], for bytes that are likely to come again.
pub(crate) fn text_or_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let made = AT_HAND.with_borrow(|texts| texts.find(bytes).map(|made| made.clone_ref(py)));
    if let Some(made) = made {
        return Ok(made.into_bound(py).into_any());
    }
    let made = convert::text_or_bytes(py, bytes)?;
    // What is no text can be changed by whom it is given to.
    if bytes.len() <= LONGEST
        && let Ok(text) = made.cast::<PyString>()
    {
        let other = AT_HAND.with_borrow_mut(|texts| texts.keep(bytes, text.clone().unbind()));
        drop(other);
    }
    Ok(made)
}
