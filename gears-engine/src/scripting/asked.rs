//! What the body of a library asks for while it runs.

use std::cell::RefCell;
use std::sync::Arc;

use gears_server::scripting::Flags;
use pyo3::prelude::*;

use crate::python::failure;
use crate::requirement::{Claim, requirements};

/// A function that the body of a library has registered.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) flags: Flags,
    pub(super) callback: Py<PyAny>,
}

/// What the body of a library asks for while it runs.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) drafts: Vec<Draft>,
    requirements: Vec<String>,
    pub(super) claim: Option<Arc<Claim>>,
}

thread_local! {
    /// The library whose body runs on this thread.
    static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

/// Runs a body; brings what it asked for too.
pub(super) fn within<T>(run: impl FnOnce() -> T) -> (T, Asked) {
    let before = ASKED.replace(Some(Asked::default()));
    let ran = run();
    (ran, ASKED.replace(before).unwrap_or_default())
}

/// Notes a function that the body of a library registers.
///
/// # Errors
///
/// In the server's words where it has any.
pub(super) fn register(
    name: String,
    callback: Py<PyAny>,
    flags: Flags,
    description: Option<String>,
) -> PyResult<()> {
    in_body("register_function", |asked| {
        if asked.drafts.iter().any(|draft| draft.name == name) {
            return Err(failure::misuse(&format!(
                "Function already exists in the library: {name}"
            )));
        }
        asked.drafts.push(Draft {
            name,
            description,
            flags,
            callback,
        });
        Ok(())
    })
}

/// Claims packages for the library whose body runs: they are there, or it does not load.
///
/// # Errors
///
/// Names those that are missing, or that are there in a version that is not asked for.
pub(super) fn require(wanted: Vec<String>) -> PyResult<()> {
    let all = in_body("requirements", |asked| {
        asked.requirements.extend(wanted);
        Ok(asked.requirements.clone())
    })?;
    let claim = requirements()
        .claim_present(&all)
        .map_err(|refusal| failure::of_refusal(&refusal))?;
    let Some(claim) = claim else {
        return Err(failure::misuse(&format!(
            "a package is missing of these: {}; loading a library installs none: register a gear \
             that requires them, or install them where the engine's Python is",
            all.join(", ")
        )));
    };
    in_body("requirements", |asked| {
        asked.claim = Some(claim);
        Ok(())
    })
}

fn in_body<T>(name: &str, note: impl FnOnce(&mut Asked) -> PyResult<T>) -> PyResult<T> {
    ASKED.with_borrow_mut(|asked| match asked {
        Some(asked) => note(asked),
        None => Err(failure::misuse(&format!(
            "{name} can only be called on FUNCTION LOAD command"
        ))),
    })
}
