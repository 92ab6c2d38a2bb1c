//! The executions that clients can look up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Execution;
use super::waiting::Waiting;
use crate::cluster;
use crate::config::config;
use crate::plan::Function;
use crate::registration::Registration;
use gears_model::Id;

/// The list of executions, and the numbers given so far.
pub(crate) struct Executions {
    next: AtomicU64,
    listed: Mutex<BTreeMap<u64, Arc<Execution>>>,
}

static EXECUTIONS: Executions = Executions::new();

/// Returns the executions of this server.
pub(crate) fn executions() -> &'static Executions {
    &EXECUTIONS
}

impl Executions {
    const fn new() -> Self {
        Self {
            next: AtomicU64::new(0),
            listed: Mutex::new(BTreeMap::new()),
        }
    }

    /// Makes an execution that a registration causes, and lists it.
    pub(crate) fn create(&self, cause: &Registration, waiting: Waiting) -> Arc<Execution> {
        let function = Arc::clone(&cause.function);
        self.list(|number| Execution::new(number, Some(cause), function, false, waiting))
    }

    /// Makes an execution that a script asks for, and lists it.
    pub(crate) fn create_run(
        &self,
        function: Arc<Function>,
        reads_all_keys: bool,
        waiting: Waiting,
    ) -> Arc<Execution> {
        self.list(|number| Execution::new(number, None, function, reads_all_keys, waiting))
    }

    /// Lists an execution; the oldest one goes when there are too many, at
    /// most one each time (spec section 6.2).
    fn list(&self, make: impl FnOnce(u64) -> Execution) -> Arc<Execution> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let execution = Arc::new(make(number));
        let most = config().max_executions();
        let mut listed = self.listed();
        let evicted = match usize::try_from(most) {
            Ok(most) if most > 0 && listed.len() >= most => listed.pop_first(),
            _ => None,
        };
        listed.insert(number, Arc::clone(&execution));
        drop(listed);
        // Its results are Python objects, which do not go under our mutex.
        drop(evicted);
        execution
    }

    /// Finds an execution by the id that clients have.
    pub(crate) fn find(&self, id: &[u8]) -> Option<Arc<Execution>> {
        let id = Id::parse(id).filter(|id| *id == cluster::id(id.number))?;
        self.listed().get(&id.number).cloned()
    }

    /// Takes an execution off the list.
    pub(crate) fn forget(&self, number: u64) {
        let forgotten = self.listed().remove(&number);
        drop(forgotten);
    }

    /// Returns all executions in the order of their numbers.
    pub(crate) fn all(&self) -> Vec<Arc<Execution>> {
        self.listed().values().cloned().collect()
    }

    fn listed(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Execution>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
