//! The sets of requirements that Python sees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::claim::Claim;
use super::name::set_of;
use crate::ground::poison::unpoisoned;

/// With those that no session needs any more.
static ACTIVE: Mutex<BTreeMap<String, Arc<Claim>>> = Mutex::new(BTreeMap::new());

fn active() -> MutexGuard<'static, BTreeMap<String, Arc<Claim>>> {
    unpoisoned(ACTIVE.lock())
}

/// Claims a set for one more session, if Python sees it.
pub(crate) fn find(requirements: &[String]) -> Option<Arc<Claim>> {
    active().get(&set_of(requirements)).cloned()
}

/// Notes that Python sees a set.
pub(crate) fn note(requirements: &[String], claim: &Arc<Claim>) {
    active().insert(set_of(requirements), Arc::clone(claim));
}

/// Gives up what no session needs any more; says whether there was any.
pub(crate) fn give_up_idle() -> bool {
    let mut idle = Vec::new();
    // Nobody can come to need one meanwhile: that takes this lock.
    active().retain(|_, claim| {
        let needed = Arc::strong_count(claim) > 1;
        if !needed {
            idle.push(Arc::clone(claim));
        }
        needed
    });
    !idle.is_empty()
}
