//! Where the Python code that runs on a thread is called from.

use std::cell::Cell;

/// The text where nothing can wait: in MULTI, Lua and functions of mode `sync`
/// that an event caused.
pub(crate) const NOT_ALLOWED: &str = "Creating async record is not allowed";

/// Where the Python code that runs on this thread is called from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    /// Anything but a step's callback.
    Other,
    /// A callback that may answer later.
    Step,
    /// The callback of such a step where nobody can wait.
    StepThatMayNotWait,
    /// A callback that never may.
    Extractor,
}

thread_local! {
    /// Where the running code is called from, and whether it has made its future.
    static INSIDE: Cell<(Inside, bool)> = const { Cell::new((Inside::Other, false)) };
}

/// Restores what was before, when code was called from within code.
pub(crate) struct Entered((Inside, bool));

impl Inside {
    /// Notes that code is called from here, until the guard is dropped.
    pub(crate) fn enter(self) -> Entered {
        Entered(INSIDE.replace((self, false)))
    }

    /// Returns where the running code is called from.
    pub(crate) fn now() -> Self {
        INSIDE.get().0
    }

    /// Notes that the callback makes a future; says whether it is its first.
    pub(crate) fn make_future() -> bool {
        let (inside, made) = INSIDE.get();
        INSIDE.set((inside, true));
        !made
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}
