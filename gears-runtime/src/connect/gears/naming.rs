//! How a connection names the gears that are called over it.

use std::sync::{
    RwLock,
    atomic::{AtomicBool, Ordering},
};

use super::Gears;
use crate::{
    connect::poison::unpoisoned,
    gear::{descriptor::Gear, naming::Naming},
};

/// Gears of which the server keeps somebody else's function: their stubs call that one, by its plain name.
#[derive(Default)]
pub(super) struct Plain {
    any: AtomicBool,
    gears: RwLock<Vec<&'static Gear>>,
}

impl Plain {
    fn set(&self, gear: &'static Gear, is_plain: bool) {
        let mut gears = unpoisoned(self.gears.write());
        gears.retain(|one| !std::ptr::eq(*one, gear));
        if is_plain {
            gears.push(gear);
        }
        self.any.store(!gears.is_empty(), Ordering::Release);
    }

    fn has(&self, gear: &Gear) -> bool {
        self.any.load(Ordering::Acquire)
            && unpoisoned(self.gears.read())
                .iter()
                .any(|one| std::ptr::eq(*one, gear))
    }
}

impl Gears {
    /// Returns the same connection, over which every gear has this prefix before its trigger or name.
    ///
    /// Gears of events watch the keys that begin with it. So a staging and a production service can share a server,
    /// or tests that run at the same time. Register and call over the same prefix.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Result, embedded, gear_command, register_all};
    ///
    /// #[gear_command]
    /// fn double(number: i64) -> Result<i64> {
    ///     "return 2 * number"
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let server = embedded::Server::start()?;
    /// let staging = Gears::connect(server.url())?.with_prefix("staging:");
    /// register_all(&staging)?;
    /// assert_eq!(double::on(&staging).call(21)?, 42);
    /// assert_eq!(staging.dump_registrations()?[0].trigger(), Some("staging:double"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        self.naming = self.naming.with_prefix(prefix);
        self
    }

    /// Returns what is before the trigger or name of every gear over this connection.
    ///
    /// Gears of events watch keys that begin with it, so what is to cause their events has to.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use gears_runtime::Gears;
    /// let gears = Gears::connect("redis://127.0.0.1/")?;
    /// assert_eq!(gears.prefix(), "");
    /// assert_eq!(gears.with_prefix("staging:").prefix(), "staging:");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn prefix(&self) -> &str {
        self.naming.prefix()
    }

    /// Returns the same connection, over which stubs call the function that they were compiled with, or do not.
    ///
    /// They do unless this says no: while two versions of an application run, each has its own. Without, they call
    /// what has the plain trigger now, as other clients do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?.with_pinned(false);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn with_pinned(mut self, pinned: bool) -> Self {
        self.naming = self.naming.with_pinned(pinned);
        self
    }

    pub(crate) fn naming(&self) -> &Naming {
        &self.naming
    }

    /// Returns the same connection with other names.
    pub(crate) fn named(&self, naming: Naming) -> Self {
        Self {
            naming,
            ..self.clone()
        }
    }

    /// Notes whether the server keeps somebody else's function under the trigger of a gear.
    pub(crate) fn set_plain(&self, gear: &'static Gear, is_plain: bool) {
        self.shared.plain.set(gear, is_plain);
    }

    pub(crate) fn is_plain(&self, gear: &Gear) -> bool {
        self.shared.plain.has(gear)
    }
}
