//! Whose gears are registered, under which names: one answer for all servers and gears of a registration.

use std::{env, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::options::{KEEP, Options, Prune};
use crate::{
    gear::{
        descriptor::Gear,
        fingerprint,
        maker::Maker,
        mode::Replace,
        naming::Naming,
        source::{Version, Writing},
    },
    server::known::Server,
};

/// What is the same for all gears of a registration.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) naming: Naming,
    pub(crate) prune: Prune,
    pub(crate) keep: Duration,
    /// Whether the application is another than this binary, whose gears are not known here.
    pub(crate) is_stranger: bool,
    replace: Option<bool>,
    application: String,
    version: Option<String>,
    at: Timestamp,
    /// Whether it is about what a server has forgotten: what somebody has put there since stays.
    pub(crate) restores: bool,
}

impl Setup {
    pub(crate) fn new(naming: &Naming, options: &Options) -> Arc<Self> {
        let mut naming = naming.clone();
        if let Some(prefix) = &options.prefix {
            naming = naming.with_prefix(prefix);
        }
        if let Some(pinned) = options.pinned {
            naming = naming.with_pinned(pinned);
        }
        if let Some(application) = &options.application {
            naming = naming.with_application(application);
        }
        let application = naming.application().map_or_else(program, str::to_owned);
        Arc::new(Self {
            naming,
            prune: options.prune,
            keep: options.keep.unwrap_or(KEEP),
            is_stranger: options.is_stranger,
            replace: options.replace,
            application,
            version: options.version.clone(),
            at: Timestamp::now(),
            restores: false,
        })
    }

    /// Returns what puts back the same gears, as they were when they were registered.
    pub(crate) fn restoring(&self) -> Arc<Self> {
        Arc::new(Self {
            restores: true,
            prune: Prune::Never,
            ..self.clone()
        })
    }

    /// Tells whether a registration was made after this one was asked for.
    pub(crate) fn is_older_than(&self, maker: &Maker) -> bool {
        maker.made_at() > std::time::SystemTime::from(self.at)
    }

    pub(crate) fn maker(&self, gear: &Gear) -> Maker {
        let version = self.version.as_deref().unwrap_or(gear.version());
        Maker::new(
            &self.application,
            self.naming.prefix(),
            version,
            gear.path(),
        )
        .at(self.at)
        .was(gear.was())
    }

    pub(crate) fn is_own(&self, maker: &Maker) -> bool {
        maker.application() == self.application && maker.prefix() == self.naming.prefix()
    }

    pub(crate) fn replace(&self, gear: &Gear) -> Replace {
        match (gear.replace(), self.replace) {
            (Replace::Refuse, Some(true)) => Replace::Always,
            (Replace::Refuse, Some(false)) => Replace::Never,
            (own, _) => own,
        }
    }

    /// Says how the script is written that has the plain name of a gear.
    pub(crate) fn writing(&self, gear: &Gear, server: Server) -> Writing<'_> {
        let version = match gear.cause() {
            // A version that no stub asks for by name need not stay.
            cause if !cause.is_called() => Version::None,
            _ if server.versions && !self.naming.pins(gear, server) => {
                Version::Kept(Duration::ZERO)
            }
            _ if server.versions => Version::Kept(self.keep),
            _ => Version::None,
        };
        Writing {
            dialect: server.dialect,
            naming: &self.naming,
            version,
        }
    }

    /// Says how the script is written that has the pinned name of a gear, for servers that know of no versions.
    pub(crate) fn pinning(&self, server: Server) -> Writing<'_> {
        Writing {
            dialect: server.dialect,
            naming: &self.naming,
            version: Version::Name,
        }
    }

    /// Returns the session of what has the plain name of a gear.
    pub(crate) fn session(&self, gear: &Gear, writing: &Writing<'_>) -> String {
        match writing.version {
            Version::None => fingerprint::session(gear, &self.naming),
            Version::Name | Version::Kept(_) | Version::Behind(_) => {
                fingerprint::session_of_version(gear, &self.naming)
            }
        }
    }
}

/// Returns the name of the running program, without what cargo adds to those of tests.
fn program() -> String {
    let path = env::current_exe().unwrap_or_default();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    match name.rsplit_once('-') {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name.to_owned()
        }
        _ => name.into_owned(),
    }
}
