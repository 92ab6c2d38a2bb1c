//! What is stored of a script that registers: its source, and its callbacks together.

use gears_model::Script;
use gears_model::plan::{encode, moved};
use gears_server::{LogLevel, log};
use pyo3::prelude::*;

use super::pickle;
use crate::persist::record;
use crate::plan::Callbacks;
use crate::python::failure;
use crate::python::interpreter::minor_version;
use crate::registration::Draft;

/// Notes on drafts what will be stored of them; returns what they share.
///
/// # Errors
///
/// When the watchdog ends the code that pickling runs.
pub(super) fn note(py: Python<'_>, source: &[u8], drafts: &mut [Draft]) -> PyResult<Script> {
    let mut callbacks = Callbacks::default();
    for (place, draft) in drafts.iter_mut().enumerate() {
        let before = callbacks.append(py, draft.function.callbacks());
        let plan = encode(&moved(draft.function.plan(), before));
        let on_registered = draft.on_registered.map(|id| id.behind(before));
        draft.stored = record::encode_entry(draft, place, &plan, on_registered);
    }
    let pickle = match pickle::dumps(py, &callbacks) {
        Ok(pickle) => pickle,
        Err(error) if failure::is_force_stopped(py, &error) => return Err(error),
        Err(error) => {
            // What came after `register` spoilt it: the source has to do.
            log(
                LogLevel::Notice,
                &format!(
                    "the callbacks of a script cannot be pickled together, it will run again \
                     after a restart: {}",
                    failure::text(py, &error)
                ),
            );
            None
        }
    };
    Ok(Script {
        source: source.to_vec(),
        python: minor_version().to_owned(),
        pickle,
    })
}
