//! The records that the server saves.

use std::cell::UnsafeCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gears_server::Context;

use super::{marks, record};
use crate::requirement::{Wheels, normal};
use gears_model::wire::Damaged;
use gears_model::{Ledger, Mark};

/// The records of all sessions, guarded by the Redis lock alone.
///
/// A forked child reads them to save them. It may wait for no mutex, because
/// the thread that would give it back does not exist there. The server forks
/// with its lock held, so the child finds the records whole.
pub(crate) struct Store(UnsafeCell<Records>);

static STORE: Store = Store(UnsafeCell::new(Records::new()));

/// Returns what this server stores.
pub(crate) fn store() -> &'static Store {
    &STORE
}

// SAFETY: `change` demands the proof that the calling thread holds the Redis
// lock, and `records` leaves it to its caller.
unsafe impl Sync for Store {}

/// What is stored.
pub(crate) struct Records {
    by_session: BTreeMap<String, Arc<[u8]>>,
    /// The wheels of requirements, by requirements as pip compares them.
    wheels: BTreeMap<String, Arc<[u8]>>,
    /// The versions of sessions, on a node of a cluster; else empty.
    ledger: Ledger,
    /// The same as it is saved.
    marks: Option<Arc<[u8]>>,
    /// What could not be decoded: kept for an engine that can.
    unreadable: Vec<Unreadable>,
    /// What was there when the server began to load other data.
    before: Vec<Arc<[u8]>>,
}

/// A record that nobody here understands.
pub(crate) struct Unreadable {
    bytes: Arc<[u8]>,
    /// What it calls its session; that may be wrong too.
    pub(crate) session: String,
    pub(crate) reason: String,
}

impl Unreadable {
    /// Takes a record aside.
    pub(crate) fn new(bytes: &[u8], damaged: Damaged) -> Self {
        Self {
            bytes: bytes.into(),
            session: record::name(bytes).unwrap_or_else(|| "?".to_owned()),
            reason: damaged.0,
        }
    }

    /// Returns how long it is.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl Records {
    const fn new() -> Self {
        Self {
            by_session: BTreeMap::new(),
            wheels: BTreeMap::new(),
            ledger: Ledger::new(),
            marks: None,
            unreadable: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Stores a session's record; without one, forgets the session.
    pub(crate) fn set(&mut self, session: &str, record: Option<Arc<[u8]>>) {
        match record {
            Some(record) => self.by_session.insert(session.to_owned(), record),
            None => self.by_session.remove(session),
        };
    }

    /// Returns the versions of sessions.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Notes versions of sessions, as far as they are later than those that are known.
    pub(crate) fn note_marks<'a>(&mut self, marks: impl IntoIterator<Item = (&'a str, Mark)>) {
        for (session, mark) in marks {
            self.ledger.note(session, mark);
        }
        self.keep_marks();
    }

    /// Notes that a session was found whose version nobody tells.
    pub(crate) fn note_found(&mut self, session: &str) {
        if self.ledger.mark(session).is_none() {
            self.ledger.note_found(session);
            self.keep_marks();
        }
    }

    fn keep_marks(&mut self) {
        self.marks = Some(marks::encode(self.ledger.iter()));
    }

    /// Stores the wheels of a requirement.
    pub(crate) fn keep_wheels(&mut self, wheels: Wheels) {
        self.wheels.insert(wheels.requirement, wheels.record);
    }

    /// Returns the wheels of a requirement.
    pub(crate) fn wheels_of(&self, requirement: &str) -> Option<Wheels> {
        let requirement = normal(requirement);
        let record = Arc::clone(self.wheels.get(&requirement)?);
        Some(Wheels {
            requirement,
            record,
        })
    }

    /// Forgets the wheels of other requirements than these.
    pub(crate) fn keep_only_wheels_of(&mut self, requirements: &BTreeSet<String>) {
        // What nobody here understands may need the others.
        if self.unreadable.is_empty() {
            self.wheels
                .retain(|requirement, _| requirements.contains(requirement));
        }
    }

    /// Counts the requirements whose wheels are stored, and their bytes.
    pub(crate) fn wheels(&self) -> (usize, usize) {
        let bytes = self.wheels.values().map(|record| record.len()).sum();
        (self.wheels.len(), bytes)
    }

    /// Keeps bytes that nobody here understands.
    pub(crate) fn keep_unreadable(&mut self, record: Unreadable) {
        // The file and what follows it may bring the same.
        if !self
            .unreadable
            .iter()
            .any(|kept| kept.bytes == record.bytes)
        {
            self.unreadable.push(record);
        }
    }

    /// Puts all records aside, until the server has loaded others.
    pub(crate) fn put_aside(&mut self) {
        let before = std::mem::replace(self, Self::new());
        self.before = before.shared().cloned().collect();
    }

    /// Forgets what was loaded and returns what was put aside.
    pub(crate) fn take_back(&mut self) -> Vec<Arc<[u8]>> {
        std::mem::replace(self, Self::new()).before
    }

    /// Forgets what was put aside.
    pub(crate) fn forget_what_was_before(&mut self) {
        self.before = Vec::new();
    }

    /// Returns a session's record.
    pub(crate) fn of_session(&self, session: &str) -> Option<Arc<[u8]>> {
        self.by_session.get(session).cloned()
    }

    /// Walks over all records.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.shared().map(|record| &**record)
    }

    fn shared(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        let unreadable = self.unreadable.iter().map(|record| &record.bytes);
        // Wheels come first, so that they are there for whoever needs them.
        self.wheels
            .values()
            .chain(&self.marks)
            .chain(self.by_session.values())
            .chain(unreadable)
    }

    /// Counts the sessions, readable or not.
    pub(crate) fn sessions(&self) -> usize {
        self.by_session.len() + self.unreadable.len()
    }

    /// Counts the records.
    pub(crate) fn len(&self) -> usize {
        self.wheels.len()
            + usize::from(self.marks.is_some())
            + self.by_session.len()
            + self.unreadable.len()
    }

    /// Returns the records that nobody here understands.
    pub(crate) fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }
}

impl Store {
    /// Reads or changes the records. `work` only moves values: it calls neither
    /// the server nor Python, so it cannot come here a second time.
    pub(crate) fn with<T>(&self, _lock: &Context, work: impl FnOnce(&mut Records) -> T) -> T {
        // SAFETY: a context exists only while its thread holds the Redis lock,
        // and `work` does not come back here.
        work(unsafe { &mut *self.0.get() })
    }

    /// Returns the records for saving.
    ///
    /// # Safety
    ///
    /// The caller holds the Redis lock for as long as it uses them, or is a
    /// child that was forked by the thread that held it.
    pub(crate) unsafe fn records(&self) -> &Records {
        // SAFETY: as the caller promises, nobody changes them.
        unsafe { &*self.0.get() }
    }
}
