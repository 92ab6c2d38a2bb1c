//! Watching folders of scripts: what changes there is put on the server.
//!
//! ```text
//! folder ─→ settling ─→ script ─→ registrar ─→ report
//! what is    until it    text,     in the place  what people
//! there      rests       checked   of the old    are told
//! ```
//!
//! What is there is found by looking; what the system tells of changes ([`events`]) is only a
//! reason to look. [`watcher`] goes round, [`round`] is one turn of it.

mod choices;
mod connection;
mod events;
mod folder;
mod held;
mod holding;
mod index;
mod journal;
mod lease;
mod link;
mod log;
mod pipe;
mod registrar;
mod report;
mod round;
mod rules;
mod script;
mod settling;
mod trouble;
mod watcher;

use std::path::PathBuf;

pub(crate) use choices::{Choices, rest};

use crate::{connection::Address, failure::Result, interrupt, output::Output};

/// What is to be watched, and how.
pub(crate) struct Plan<'p> {
    pub(crate) folders: &'p [PathBuf],
    /// What the file, the environment and the command line say.
    pub(crate) layers: [&'p Choices; 3],
    /// Whether it ends when everything is on the server.
    pub(crate) once: bool,
    /// Whether scripts run again that have run and not changed.
    pub(crate) rerun: bool,
}

/// Watches.
///
/// # Errors
///
/// What makes no sense, a server that lets us do nothing, and work left undone.
pub(crate) fn watch(plan: &Plan<'_>, address: Address, output: &Output) -> Result {
    let rules = rules::Rules::of(plan.layers)?;
    let watcher = watcher::Watcher::new(plan.folders, rules, plan.rerun, address, output)?;
    interrupt::watch()?;
    if plan.once {
        watcher.once()
    } else {
        watcher.run()
    }
}
