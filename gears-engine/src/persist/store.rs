//! The records that the server saves.

use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::Context;

/// The records of all sessions, guarded by the Redis lock alone.
///
/// A forked child reads them to save them. It may wait for no mutex, because
/// the thread that would give it back does not exist there. The server forks
/// with its lock held, so the child finds the records whole.
#[derive(Default)]
pub(crate) struct Store(UnsafeCell<Records>);

// SAFETY: `change` demands the proof that the calling thread holds the Redis
// lock, and `records` leaves it to its caller.
unsafe impl Sync for Store {}

/// What is stored.
#[derive(Default)]
pub(crate) struct Records {
    by_session: BTreeMap<String, Arc<[u8]>>,
    /// What could not be decoded: kept for an engine that can.
    unreadable: Vec<Arc<[u8]>>,
}

impl Records {
    /// Stores a session's record; without one, forgets the session.
    pub(super) fn set(&mut self, session: &str, record: Option<Arc<[u8]>>) {
        match record {
            Some(record) => self.by_session.insert(session.to_owned(), record),
            None => self.by_session.remove(session),
        };
    }

    /// Keeps bytes that nobody here understands.
    pub(super) fn keep_unreadable(&mut self, record: &[u8]) {
        self.unreadable.push(record.into());
    }

    /// Returns a session's record.
    pub(super) fn of_session(&self, session: &str) -> Option<Arc<[u8]>> {
        self.by_session.get(session).cloned()
    }

    /// Walks over all records.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.by_session
            .values()
            .chain(&self.unreadable)
            .map(|record| &**record)
    }

    /// Counts the records.
    pub(crate) fn len(&self) -> usize {
        self.by_session.len() + self.unreadable.len()
    }

    /// Counts the records that nobody here understands.
    pub(crate) fn unreadable(&self) -> usize {
        self.unreadable.len()
    }

    /// Says whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Store {
    /// Reads or changes the records. `work` only moves values: it calls neither
    /// the server nor Python, so it cannot come here a second time.
    pub(super) fn with<T>(&self, _lock: &Context, work: impl FnOnce(&mut Records) -> T) -> T {
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
