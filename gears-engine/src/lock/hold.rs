//! The Redis lock of an `atomic` block, which can be taken from it.
//!
//! A block whose time is over and whose code is asleep in C, or waits for Python that
//! somebody else keeps, would keep the server for as long. Such code is not in the
//! server, so the lock can go back without it.

use std::sync::{Arc, Mutex, MutexGuard};

use super::Locked;
use crate::ground::poison::unpoisoned;
use crate::watchdog;

/// The lock of one block.
pub(super) struct Hold(Mutex<State>);

struct State {
    /// Nothing once the lock has gone back.
    locked: Option<Locked>,
    /// How many calls of the server the block's thread is in, one within the other.
    calls: usize,
}

impl Hold {
    pub(super) fn new(locked: Locked) -> Self {
        Self(Mutex::new(State {
            locked: Some(locked),
            calls: 0,
        }))
    }

    /// Says whether the block has the lock still.
    pub(super) fn is_held(&self) -> bool {
        self.state().locked.is_some()
    }

    /// Begins a call of the server, until whose end the lock stays; nothing if it
    /// has gone back.
    pub(super) fn begin_call(self: &Arc<Self>) -> Option<Call> {
        let mut state = self.state();
        state.locked.as_ref()?;
        state.calls += 1;
        drop(state);
        Some(Call(Arc::clone(self)))
    }

    /// Gives the lock back, at the end of the block.
    pub(super) fn end(&self) {
        let locked = self.state().locked.take();
        if let Some(locked) = locked {
            locked.do_waiting();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.0.lock())
    }
}

impl watchdog::Hold for Hold {
    fn take_back(&self) -> bool {
        // The server's lock is a plain mutex. Those of Linux, in glibc and in musl,
        // know no owner: any thread may unlock them. Others may look for it.
        if cfg!(not(target_os = "linux")) {
            return false;
        }
        let mut state = self.state();
        if state.calls > 0 {
            return false;
        }
        let locked = state.locked.take();
        drop(state);
        // What waits for the end of commands is done by who has the lock next.
        drop(locked);
        true
    }
}

/// A call of the server from within a block.
pub(super) struct Call(Arc<Hold>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.state().calls -= 1;
    }
}
