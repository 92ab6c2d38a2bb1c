//! Whose threads there are.

use std::thread;

use gears_server::held;

/// Says whether this thread is the server's main one or one that the engine
/// started: Python code started the others.
pub(crate) fn is_here() -> bool {
    held::is_main_thread() || thread::current().name().is_some()
}
