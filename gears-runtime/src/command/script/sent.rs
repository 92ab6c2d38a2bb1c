//! What is sent of a script, and what a server needs for it.

use super::{Script, Session, extent::Extent, runtime::Runtime};
use crate::{
    python::spot::Spot,
    server::{dialect::Dialect, feature::Need},
    wire::decoder::Decoder,
};

impl<T> Script<T> {
    /// Says how results are read.
    pub(crate) fn with_decoder<U>(self, decoder: Decoder<U>) -> Script<U> {
        Script {
            source: self.source,
            requirements: self.requirements,
            runtime: self.runtime,
            session: self.session,
            needs: self.needs,
            extent: self.extent,
            decoder,
            closed: self.closed,
            place: self.place,
        }
    }

    /// Says which session it is to be of, unless it is given one: run again, it takes its own place.
    pub(crate) fn in_place_of(mut self, session: String) -> Self {
        self.place = Some(session);
        self
    }

    /// Says where in Rust it was built, for errors of the script itself.
    pub(crate) fn closed_at(mut self, spot: Spot) -> Self {
        self.closed = Some(spot);
        self
    }

    pub(crate) fn closed(&self) -> Option<&Spot> {
        self.closed.as_ref()
    }

    pub(crate) fn decoder(&self) -> Decoder<T> {
        self.decoder
    }

    /// Tells whether what travels depends on the server, and whether it travels.
    pub(crate) fn asks_for_server(&self) -> bool {
        self.runtime == Runtime::Commands || !self.needs.is_empty() || self.place.is_some()
    }

    /// Says what a server must have for it.
    pub(crate) fn needing(mut self, needs: Vec<Need>) -> Self {
        self.needs = needs;
        self
    }

    /// Says how much of a cluster its run is over.
    pub(crate) fn over(mut self, extent: Extent) -> Self {
        self.extent = extent;
        self
    }

    /// Returns how much of a cluster its run is over.
    pub(super) fn extent(&self) -> &Extent {
        &self.extent
    }

    /// Returns what a server must have for it.
    pub(crate) fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Tells whether it takes a server with sessions, and one that installs again.
    pub(crate) fn needs_session(&self) -> (bool, bool) {
        let plain = Session {
            reinstall: self.session.reinstall,
            ..Session::default()
        };
        (self.session != plain, self.session.reinstall)
    }

    /// Returns its session on a server: what registers one function takes its own place where servers can do that.
    fn session_on(&self, dialect: Dialect) -> Session {
        let mut session = self.session.clone();
        if dialect == Dialect::Engine && !self.needs_session().0 && self.place.is_some() {
            session.id.clone_from(&self.place);
            session.upgrade = true;
        }
        session
    }

    /// Returns the words of the command after its name, and the requirements among them.
    pub(crate) fn words(&self, unblocking: bool, dialect: Dialect) -> (Vec<String>, Vec<String>) {
        let (source, requirements) = self
            .runtime
            .apply(&self.source, &self.requirements, dialect);
        let mut words = vec![source.into_owned()];
        let mut word = |word: &str| words.push(word.to_owned());
        // RedisGears 1.0 wants this one first; all want the requirements last.
        if unblocking {
            word("UNBLOCKING");
        }
        let session = self.session_on(dialect);
        for (option, value) in [
            ("ID", &session.id),
            ("DESCRIPTION", &session.description),
            ("REPLACE_WITH", &session.replaces),
        ] {
            if let Some(value) = value {
                word(option);
                word(value);
            }
        }
        if session.upgrade {
            word("UPGRADE");
        }
        if self.session.reinstall {
            word("FORCE_REINSTALL_REQUIREMENTS");
        }
        if !requirements.is_empty() {
            word("REQUIREMENTS");
            words.extend(requirements.iter().cloned());
        }
        (words, requirements)
    }
}
