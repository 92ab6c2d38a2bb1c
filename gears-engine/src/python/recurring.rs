//! Texts that come again and again, such as names of triggers and events: made once.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::convert;

/// How many texts each thread has at hand, and how long they may be.
const MOST: usize = 8;
const LONGEST: usize = 64;

thread_local! {
    static AT_HAND: RefCell<Texts> = const { RefCell::new(Texts { texts: Vec::new(), next: 0 }) };
}

/// A few texts as Python has them.
struct Texts {
    texts: Vec<(Box<[u8]>, Py<PyString>)>,
    /// Whose place the next one takes.
    next: usize,
}

impl Texts {
    fn find(&self, text: &[u8]) -> Option<&Py<PyString>> {
        let found = self.texts.iter().find(|(other, _)| **other == *text);
        found.map(|(_, made)| made)
    }

    /// Returns what has to give its place.
    fn keep(&mut self, text: &[u8], made: Py<PyString>) -> Option<Py<PyString>> {
        if self.texts.len() < MOST {
            self.texts.push((text.into(), made));
            return None;
        }
        let place = &mut self.texts[self.next];
        self.next = (self.next + 1) % MOST;
        Some(std::mem::replace(place, (text.into(), made)).1)
    }
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
