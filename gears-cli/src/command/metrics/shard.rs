//! Asking one shard.

use std::{collections::BTreeMap, time::Duration};

use gears_runtime::{
    Gears,
    data::{ConfigValue, Registration},
};

use crate::{
    failure::{Code, Failure, Result},
    wire::Wire,
};

/// The sections that tell something; servers before Redis 7 take one at a time.
const SECTIONS: [&str; 8] = [
    "rg_engine",
    "rg_gears",
    "rg_functions",
    "rg_executions",
    "rg_python_stats",
    "rg_missing_packages",
    "rg_gil",
    "rg_cluster",
];

/// Settings that figures are compared with.
const SETTINGS: [&str; 3] = ["SyncDeadline", "AsyncDeadline", "PythonMemoryLimit"];

/// A shard, and the connections to it.
pub(super) struct Shard {
    pub(super) gears: Gears,
    /// Opened anew after an error.
    wire: Option<Wire>,
}

/// What a shard said.
pub(super) struct Answer {
    pub(super) info: String,
    pub(super) registrations: Vec<Registration>,
    pub(super) settings: BTreeMap<String, i64>,
}

impl Shard {
    pub(super) fn new(gears: Gears) -> Self {
        Self {
            gears,
            wire: None,
        }
    }

    /// Returns where it is.
    pub(super) fn address(&self) -> String {
        self.gears.client().get_connection_info().addr().to_string()
    }

    /// Tells whether another connection goes to the same place.
    pub(super) fn is_at(&self, gears: &Gears) -> bool {
        let at = |gears: &Gears| gears.client().get_connection_info().addr().clone();
        at(&self.gears) == at(gears)
    }

    /// Asks it.
    ///
    /// # Errors
    ///
    /// It does not answer, or refuses a question.
    pub(super) fn ask(&mut self, patience: Duration) -> Result<Answer> {
        let info = self.info(patience)?;
        let registrations = self.gears.dump_registrations()?;
        let settings = self.gears.config_get(SETTINGS)?;
        let settings = settings.into_iter().filter_map(|(name, value)| match value {
            Some(ConfigValue::Int(value)) => Some((name, value)),
            _ => None,
        });
        Ok(Answer {
            info,
            registrations,
            settings: settings.collect(),
        })
    }

    fn info(&mut self, patience: Duration) -> Result<String> {
        let mut wire = match self.wire.take() {
            Some(wire) => wire,
            None => Wire::open(&self.gears, patience)?,
        };
        let mut info = String::new();
        for section in SECTIONS {
            let told = wire.text(&["INFO", section]);
            info.push_str(&told.map_err(|why| Failure::new(Code::Connection, why))?);
            info.push('\n');
        }
        self.wire = Some(wire);
        Ok(info)
    }
}
