//! What the body of a script asks for while it runs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use gears_model::{Id, Script};

use crate::execution::Batch;
use crate::registration::Draft;

/// What a script's body asked for; nothing of it has happened yet.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) run: Option<Batch>,
    pub(crate) drafts: Vec<Draft>,
    /// What makes the registrations again.
    pub(crate) script: Arc<Script>,
    /// The session whose triggers may be taken again.
    pub(super) replaced: Option<String>,
    /// The ids of stored registrations by their place, when the body runs
    /// again to make those.
    pub(super) ids: Option<HashMap<usize, Id>>,
}

thread_local! {
    /// The body that runs on this thread.
    static CURRENT: RefCell<Option<Collected>> = const { RefCell::new(None) };
}

/// Runs a body; returns what it asked for too.
pub(super) fn within<T>(collected: Collected, run: impl FnOnce() -> T) -> (T, Collected) {
    let before = CURRENT.replace(Some(collected));
    let ran = run();
    (ran, CURRENT.replace(before).unwrap_or_default())
}

/// Says whether the body that runs is run again for stored registrations.
pub(super) fn runs_again() -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|collected| collected.ids.is_some())
    })
}

/// Notes what is asked for in a script's body; anywhere else there is nothing
/// to note it in, and what was asked for comes back.
pub(super) fn in_body<T, R>(asked: T, note: impl FnOnce(&mut Collected, T) -> R) -> Result<R, T> {
    CURRENT.with_borrow_mut(|current| match current {
        Some(collected) => Ok(note(collected, asked)),
        None => Err(asked),
    })
}
