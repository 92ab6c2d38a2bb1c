//! Executions that shall end and do not.
//!
//! What has to end is given its [grace](crate::watchdog::Grace) to do so: Python code comes to
//! its next line in less, on a busy machine too. Code in C may be asleep for hours; then those
//! who wait are told without it, and another worker takes the place of its own.
//! What it brings when it comes back is not wanted any more.

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use gears_model::State;
use gears_server::Refusal;

use super::progress::Why;
use super::waiting::Waiting;
use super::{Execution, executions};
use crate::ground::poison::unpoisoned;
use crate::lock::gil;
use crate::thread::worker::{MOST_LOST, workers};
use crate::watchdog::GRACE;

/// What is known of an execution that has to end.
pub(super) enum Late {
    InTime,
    /// It has had its grace.
    Over(Why),
}

static ENDING: Mutex<Vec<Weak<Execution>>> = Mutex::new(Vec::new());

/// Gives an execution its grace from now on.
pub(crate) fn note(execution: &Arc<Execution>) {
    list().push(Arc::downgrade(execution));
}

fn list() -> MutexGuard<'static, Vec<Weak<Execution>>> {
    unpoisoned(ENDING.lock())
}

/// Gives up what has not ended in its grace. The watchdog asks often.
pub(crate) fn give_up() {
    let mut late = Vec::new();
    // Taken out meanwhile: executions are put in with their own locks held.
    let mut ending = std::mem::take(&mut *list());
    ending.retain(|execution| {
        let Some(execution) = execution.upgrade() else {
            return false;
        };
        match execution.ending() {
            None => false,
            Some(Late::InTime) => true,
            Some(Late::Over(why)) => {
                late.push((execution, why));
                false
            }
        }
    });
    list().append(&mut ending);
    for (execution, why) in late {
        execution.give_up(why);
    }
    if workers().is_deserted() {
        // Nobody knows whether a worker will ever come back.
        refuse_waiting(&deserted(), |_| true);
    } else if gil::is_kept() {
        // None begins what is waiting, which has its time too.
        refuse_waiting(&gil::held(), |execution| {
            let age = execution.progress().age();
            execution.limit().is_some_and(|limit| age > limit + GRACE)
        });
    }
}

/// Answers clients who wait for a worker when there is none for them. Events and
/// entries of streams wait on.
fn refuse_waiting(refusal: &Refusal, is_due: impl Fn(&Execution) -> bool) {
    for execution in executions().all() {
        let waits = {
            let progress = execution.progress();
            let client = progress.waiting.as_ref().map(Waiting::is_client);
            progress.state == State::Created && client == Some(true)
        };
        if waits && is_due(&execution) {
            execution.end_unbegun(Some(refusal));
        }
    }
}

/// What clients are told when no worker is left.
pub(crate) fn deserted() -> Refusal {
    let lost = workers().lost().into_iter();
    let mut names: Vec<_> = lost.map(|(_, lost)| lost.name).collect();
    names.sort();
    names.dedup();
    Refusal::new(format!(
        "every worker is in a function that does not come back, and {MOST_LOST} in their \
         places too; give what these wait for a timeout, and restart the server: {}",
        names.join(", ")
    ))
}
