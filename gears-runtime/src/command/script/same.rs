//! When scripts are the same, whatever their results are read as.

use std::fmt;

use super::Script;

impl<T> Clone for Script<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            requirements: self.requirements.clone(),
            runtime: self.runtime.clone(),
            session: self.session.clone(),
            needs: self.needs.clone(),
            extent: self.extent.clone(),
            decoder: self.decoder,
            closed: self.closed.clone(),
            place: self.place.clone(),
        }
    }
}

impl<T> PartialEq for Script<T> {
    fn eq(&self, other: &Self) -> bool {
        // The type says how results are read, and where it was built changes nothing.
        self.source == other.source
            && self.requirements == other.requirements
            && self.runtime == other.runtime
            && self.session == other.session
            && self.needs == other.needs
    }
}

impl<T> Eq for Script<T> {}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("source", &self.source)
            .field("requirements", &self.requirements)
            .field("runtime", &self.runtime)
            .field("session", &self.session)
            .field("needs", &self.needs)
            .field("returning", &self.decoder)
            .finish()
    }
}
