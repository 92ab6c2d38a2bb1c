//! What the server tells of itself in `INFO`.

use crate::wire::Wire;

/// The lines of `INFO everything`, or why there are none.
pub(super) struct Facts {
    told: Result<String, String>,
}

impl Facts {
    /// Asks the server.
    pub(super) fn of(wire: &mut Wire) -> Self {
        Self {
            told: wire.text(&["INFO", "everything"]),
        }
    }

    /// Returns why nothing is known.
    pub(super) fn refusal(&self) -> Option<&str> {
        self.told.as_ref().err().map(String::as_str)
    }

    /// Returns all values of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.told.as_deref().unwrap_or_default().lines();
        lines.filter_map(move |line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Returns the value of a name.
    pub(super) fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Returns the value of a name that has a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// Returns the version of the module of gears, as `MODULE LIST` numbers it: `10213` is 1.2.13.
    pub(super) fn module_version(&self) -> Option<u64> {
        let ours = self.all("module").find_map(|module| module.strip_prefix("name=rg,ver="))?;
        ours.split(',').next()?.parse().ok()
    }

    /// Tells whether the module is gears-engine.
    pub(super) fn is_engine(&self) -> bool {
        self.get("rg_version").is_some()
    }

    /// Tells whether the server is a node of a cluster.
    pub(super) fn is_cluster(&self) -> bool {
        self.get("cluster_enabled") == Some("1")
    }

    /// Returns the name and the version of the server.
    pub(super) fn server(&self) -> Option<(&'static str, &str)> {
        match self.get("valkey_version") {
            Some(version) => Some(("Valkey", version)),
            None => Some(("Redis", self.get("redis_version")?)),
        }
    }
}
