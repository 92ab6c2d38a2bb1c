//! The function that events run: the record in, nothing out.
//!
//! Nothing comes out, so that the server's list of executions does not hold
//! the records of the last ones.

use std::fmt::Write as _;

use crate::{
    gear::{
        cause::{KeyEvents, OnFailed, StreamEntries},
        descriptor::Gear,
    },
    python::{name::ENTRY, sent::sent},
};

/// Tries every entry of a batch, and fails after the last one as the first one failed that did.
const BATCH: &str = sent!("batch.py");

/// Writes `_gear_call` for events of keys.
pub(super) fn write_keys(script: &mut String, gear: &Gear, events: &KeyEvents) {
    let (prefix, wait) = words(gear);
    // Servers leave the two out instead of saying that they are not known.
    let complete = if events.read_value {
        ""
    } else {
        "    record.setdefault('type', None)\n    record.setdefault('value', None)\n"
    };
    // Writing to a `String` cannot fail, here and below.
    let _ = write!(
        script,
        "\n{prefix}def {ENTRY}(record):\n{complete}    \
             {wait}_gear_function(record)\n    \
             return []\n"
    );
}

/// Writes `_gear_call` for entries of streams.
pub(super) fn write_stream(script: &mut String, gear: &Gear, entries: &StreamEntries) {
    let (prefix, wait) = words(gear);
    if !tries_all(entries) {
        let _ = write!(
            script,
            "\n{prefix}def {ENTRY}(record):\n    \
                 {wait}_gear_function(record)\n    \
                 return []\n"
        );
        return;
    }
    script.push_str(BATCH);
    let _ = write!(
        script,
        "\n{prefix}def {ENTRY}(record):\n    \
             try:\n        \
                 {wait}_gear_function(record)\n    \
             except Exception as failure:\n        \
                 if type(failure).__name__ == 'flat_error':\n            \
                     # It may pause the registration.\n            \
                     raise\n        \
                 return failure\n"
    );
}

/// Tells whether each entry of a batch has to be tried, whatever became of those before it.
pub(super) fn tries_all(entries: &StreamEntries) -> bool {
    entries.batch > 1 && entries.on_failed == OnFailed::Continue
}

fn words(gear: &Gear) -> (&'static str, &'static str) {
    if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    }
}
