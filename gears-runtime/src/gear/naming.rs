//! Under which names an application has its gears on a server.

use std::{borrow::Cow, sync::Arc};

use super::descriptor::Gear;
use crate::server::known::Server;

/// How a connection names the gears of a binary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Naming {
    prefix: Option<Arc<str>>,
    /// Whether stubs call whatever function has the plain name.
    unpinned: bool,
    application: Option<Arc<str>>,
}

impl Naming {
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        prefix: None,
        unpinned: false,
        application: None,
    };

    pub(crate) fn with_prefix(&self, prefix: &str) -> Self {
        Self {
            prefix: (!prefix.is_empty()).then(|| Arc::from(prefix)),
            ..self.clone()
        }
    }

    pub(crate) fn with_pinned(&self, pinned: bool) -> Self {
        Self {
            unpinned: !pinned,
            ..self.clone()
        }
    }

    pub(crate) fn with_application(&self, name: &str) -> Self {
        Self {
            application: Some(Arc::from(name)),
            ..self.clone()
        }
    }

    /// Returns the name of the application, when it says one.
    pub(crate) fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or_default()
    }

    /// Returns a name, or a pattern of keys, with the prefix before it.
    pub(crate) fn prefixed<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match &self.prefix {
            None => Cow::Borrowed(name),
            Some(prefix) => Cow::Owned(format!("{prefix}{name}")),
        }
    }

    /// Returns the name of a library or of a function of the server's, which takes letters, digits and underscores.
    pub(crate) fn of_function<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match &self.prefix {
            None => Cow::Borrowed(name),
            Some(prefix) => {
                let fits = |char: char| char.is_ascii_alphanumeric();
                Cow::Owned(prefix.replace(|char| !fits(char), "_") + name)
            }
        }
    }

    /// Returns the plain name of a gear.
    pub(crate) fn name(&self, gear: &Gear) -> Cow<'static, str> {
        self.prefixed(gear.trigger())
    }

    /// Returns the name by which a stub calls the function that it was compiled with.
    pub(crate) fn pinned(&self, gear: &Gear) -> String {
        self.prefixed(gear.pinned()).into_owned()
    }

    /// Tells whether stubs of a gear call the function that they were compiled with.
    ///
    /// Where nobody may tell what the server is, it cannot be told whether it has that name.
    pub(crate) fn pins(&self, gear: &Gear, server: Server) -> bool {
        !self.unpinned && gear.is_pinned() && gear.cause().is_called() && server.has_pinned()
    }

    /// Returns the name by which a gear is called, the plain one where the server keeps somebody else's function.
    pub(crate) fn called<'a>(
        &self,
        gear: &'a Gear,
        server: Server,
        is_plain: bool,
    ) -> Cow<'a, str> {
        self.prefixed(match is_plain || !self.pins(gear, server) {
            true => gear.trigger(),
            false => gear.pinned(),
        })
    }
}
