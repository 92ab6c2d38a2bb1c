//! Code of scripts as it runs: whose it is, with whose permissions, and what it spends its time on.

pub(crate) mod owner;
pub(crate) mod permissions;
pub(crate) mod profile;

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::python::inside::{self, Inside};
use crate::session::user::{self, RunsAs, User};
use crate::session::{Session, current};
use crate::watchdog::{Slot, Watched};

/// Code that is no step of a function: what timers and `onRegistered` call, and coroutines.
///
/// Says whose code runs on this thread, with whose permissions and until when; until it is dropped.
pub(crate) struct Code {
    // Ends before the others, as code of scripts may run at its end.
    watched: Watched,
    _inside: inside::Entered,
    _user: RunsAs,
    _session: current::Entered,
}

impl Code {
    /// Begins to run code.
    pub(crate) fn begin(
        py: Python<'_>,
        session: Option<Arc<Session>>,
        user: User,
        limit: Option<Duration>,
    ) -> Self {
        let session = current::enter(session);
        let user = user::run_as(user);
        let inside = Inside::Other.enter();
        Self {
            watched: Watched::begin(py, limit),
            _inside: inside,
            _user: user,
            _session: session,
        }
    }

    /// Returns when it began.
    pub(crate) fn began(&self) -> Instant {
        self.watched.began()
    }

    /// Returns where it is watched, for who may want to end it.
    pub(crate) fn slot(&self) -> &Arc<Slot> {
        self.watched.slot()
    }
}
