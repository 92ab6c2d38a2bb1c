//! The executions that clients can look up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::Execution;
use super::waiting::Waiting;
use crate::cluster;
use crate::config::config;
use crate::ground::poison::unpoisoned;
use crate::plan::Function;
use crate::registration::Registration;
use gears_model::Id;

/// The list of executions, and the numbers given so far.
pub(crate) struct Executions {
    next: AtomicU64,
    listed: Mutex<BTreeMap<Id, Arc<Execution>>>,
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
        self.list(Execution::new(self.next_id(), function, waiting).caused_by(cause))
    }

    /// Makes an execution that a script asks for, and lists it.
    pub(crate) fn create_run(
        &self,
        function: Arc<Function>,
        reads_all_keys: bool,
        waiting: Waiting,
    ) -> Arc<Execution> {
        let mut execution = Execution::new(self.next_id(), function, waiting);
        execution.reads_all_keys = reads_all_keys;
        self.list(execution)
    }

    /// Makes an execution that another shard drives, and lists it under the id that it has there.
    /// The registration that caused it counts it there.
    pub(crate) fn create_driven(
        &self,
        id: Id,
        function: Arc<Function>,
        cause: Option<Id>,
        waiting: Waiting,
    ) -> Arc<Execution> {
        let mut execution = Execution::new(id, function, waiting);
        execution.cause = cause;
        execution.note_shared();
        self.list(execution)
    }

    /// Makes an execution that is a part of another one, under whose id it goes on no list.
    pub(crate) fn create_part(
        &self,
        whole: Id,
        function: Arc<Function>,
        waiting: Waiting,
    ) -> Arc<Execution> {
        let mut execution = Execution::new(whole, function, waiting);
        execution.is_part = true;
        Arc::new(execution)
    }

    fn next_id(&self) -> Id {
        cluster::id(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Lists an execution; the oldest one goes when there are too many, at
    /// most one each time (spec section 6.2).
    fn list(&self, execution: Execution) -> Arc<Execution> {
        let execution = Arc::new(execution);
        let most = config().max_executions();
        let mut listed = self.listed();
        let evicted = match usize::try_from(most) {
            Ok(most) if most > 0 && listed.len() >= most => listed.pop_first(),
            _ => None,
        };
        listed.insert(execution.id, Arc::clone(&execution));
        drop(listed);
        // Its results are Python objects, which do not go under our mutex.
        drop(evicted);
        execution
    }

    /// Finds an execution by the id that clients have.
    pub(crate) fn find(&self, id: &[u8]) -> Option<Arc<Execution>> {
        self.with_id(Id::parse(id)?)
    }

    /// Finds an execution.
    pub(crate) fn with_id(&self, id: Id) -> Option<Arc<Execution>> {
        self.listed().get(&id).cloned()
    }

    /// Takes an execution off the list.
    pub(crate) fn forget(&self, id: Id) {
        let forgotten = self.listed().remove(&id);
        drop(forgotten);
    }

    /// Returns all executions in the order of their numbers.
    pub(crate) fn all(&self) -> Vec<Arc<Execution>> {
        self.listed().values().cloned().collect()
    }

    fn listed(&self) -> MutexGuard<'_, BTreeMap<Id, Arc<Execution>>> {
        unpoisoned(self.listed.lock())
    }
}
