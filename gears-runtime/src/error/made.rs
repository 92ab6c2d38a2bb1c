//! How errors are made of what is known without looking at a reply.

#[cfg(any(feature = "embedded", feature = "local"))]
use std::error::Error as StdError;
use std::time::Duration;

use super::{
    Error, detail::Detail, duplicate::DuplicateTrigger, requirement::RequirementError,
    unsupported::UnsupportedError,
};
use crate::python::spot::Spot;

/// Constructors for the rest of the crate.
impl Error {
    /// Says what was called, where Python raised.
    pub(crate) fn within(mut self, called: impl FnOnce() -> String) -> Self {
        if matches!(self.repr.detail, Detail::Python(_)) {
            self.repr.called = Some(called());
        }
        self
    }

    /// Says which version of a function was called, where the server does not know it.
    pub(crate) fn of_version(mut self, fingerprint: &str) -> Self {
        if let Detail::UnknownTrigger { version, .. } = &mut self.repr.detail {
            *version = Some(fingerprint.to_owned());
        }
        self
    }

    /// Says where in Rust the script was closed that Python raised in.
    pub(crate) fn closed_at(mut self, spot: Option<&Spot>) -> Self {
        if let (Detail::Python(python), Some(spot)) = (&mut self.repr.detail, spot) {
            python.traceback = std::mem::take(&mut python.traceback).closed_at(spot);
        }
        self
    }

    /// Makes the same error for another call that it befell; the cause stays with the first.
    pub(crate) fn again(&self) -> Self {
        let mut error = Self::new(self.repr.detail.clone());
        error.repr.obstacle = self.repr.obstacle;
        error.repr.raw.clone_from(&self.repr.raw);
        error.repr.called.clone_from(&self.repr.called);
        error
    }

    pub(crate) fn cannot_travel(message: impl Into<String>) -> Self {
        Self::new(Detail::Encode {
            message: message.into(),
        })
    }

    pub(crate) fn not_bound(trigger: &str, mocked: &[&'static str]) -> Self {
        Self::new(Detail::NotBound {
            trigger: trigger.to_owned(),
            mocked: mocked.to_owned(),
        })
    }

    pub(crate) fn duplicate_trigger(trigger: &str, ours: String, theirs: String) -> Self {
        Self::duplicate_triggers([(trigger, ours, theirs)].into_iter())
    }

    /// Names all triggers that are claimed twice; there is one at least.
    pub(crate) fn duplicate_triggers<'a>(
        claims: impl Iterator<Item = (&'a str, String, String)>,
    ) -> Self {
        let mut all: Vec<_> = claims.map(DuplicateTrigger::new).collect();
        let mut first = all.remove(0);
        first.others = all;
        Self::new(Detail::DuplicateTrigger(first))
    }

    pub(crate) fn lacks(
        feature: impl Into<String>,
        server: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self::new(Detail::Unsupported(UnsupportedError {
            feature: feature.into(),
            server: server.into(),
            remedy,
        }))
    }

    /// Says that packages are not there which the server does not install.
    pub(crate) fn not_installed(trigger: &str, requirements: &[&str], message: String) -> Self {
        Self::new(Detail::Requirement(RequirementError {
            trigger: trigger.to_owned(),
            requirements: requirements.iter().map(|&spec| spec.to_owned()).collect(),
            message,
        }))
    }

    /// Says what a server or a cluster cannot do, in words of ours.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Detail::Server {
            message: message.into(),
        })
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Detail::Configuration {
            message: message.into(),
        })
    }

    #[cfg(any(feature = "embedded", feature = "local"))]
    pub(crate) fn connection(message: impl Into<String>) -> Self {
        Self::new(Detail::Connection {
            message: message.into(),
        })
    }

    pub(crate) fn timeout(what: impl Into<String>, after: Duration) -> Self {
        Self::new(Detail::Timeout {
            what: what.into(),
            after: Some(after),
        })
    }

    #[cfg(any(feature = "embedded", feature = "local"))]
    pub(crate) fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with_source(source)
    }
}
