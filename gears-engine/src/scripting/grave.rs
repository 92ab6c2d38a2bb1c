//! Functions that the server has freed, until Python lets go of them.
//!
//! The server frees on its main thread, and in the background on another one, which has its lock
//! meanwhile or has not. It waits for Python on neither: a worker takes what lies here.

use std::sync::{Mutex, MutexGuard};

use gears_server::scripting::Subsystem;
use pyo3::prelude::*;

use super::code::Code;
use super::names::Names;
use crate::code::Code as Running;
use crate::config::config;
use crate::ground::poison::unpoisoned;
use crate::python::failure;
use crate::session::user::User;
use crate::thread::worker::workers;

static GRAVE: Mutex<Grave> = Mutex::new(Grave {
    freed: Vec::new(),
    is_due: false,
    has_libraries: false,
});

struct Grave {
    freed: Vec<Code>,
    /// Whether a worker is to come.
    is_due: bool,
    /// Whether functions of libraries are among them.
    has_libraries: bool,
}

fn grave() -> MutexGuard<'static, Grave> {
    unpoisoned(GRAVE.lock())
}

/// Takes a function that the server has freed.
pub(super) fn lay(of: Subsystem, mut code: Code) {
    code.take_off();
    let mut here = grave();
    here.freed.push(code);
    here.has_libraries |= of == Subsystem::Function;
    if std::mem::replace(&mut here.is_due, true) {
        return;
    }
    drop(here);
    if workers().submit(Box::new(bury)).is_err() {
        // The next one that is freed asks again.
        grave().is_due = false;
    }
}

/// Has Python let go of what was freed, one worker at a time: garbage is collected on one thread
/// at once, and who asks meanwhile is told that there is none.
fn bury(py: Python<'_>) {
    // What runs when objects end is code of scripts.
    let limit = config().sync_deadline();
    let _code = Running::begin(py, None, User::default_user(), limit);
    loop {
        let (freed, has_libraries) = {
            let mut here = grave();
            if here.freed.is_empty() {
                here.is_due = false;
                return;
            }
            let has_libraries = std::mem::take(&mut here.has_libraries);
            (std::mem::take(&mut here.freed), has_libraries)
        };
        drop(freed);
        // A library and its functions hold each other.
        let collected = match has_libraries {
            true => Names::shared(py).and_then(|names| names.collect(py)),
            false => Ok(()),
        };
        if let Err(error) = collected {
            failure::log(py, "the memory of libraries is freed later", &error);
        }
    }
}
