//! The shards of a cluster whose module keeps registrations and executions shard by shard.
//!
//! gears-engine does so, and a RedisGears that was not told of its cluster: every shard numbers
//! from 1 and runs scripts over its own keys.

pub(crate) mod execution;

use std::time::Duration;

use gears_runtime::Gears;
use redis::Value;

use crate::{failure::Result, wire::Wire};

const PATIENCE: Duration = Duration::from_secs(5);

/// A server that has registrations and executions of its own.
#[derive(Clone)]
pub(crate) struct Shard {
    /// Its id in the cluster; `None` where there is but one server to ask.
    pub(crate) id: Option<String>,
    pub(crate) gears: Gears,
}

/// Returns the primaries that have to be asked one by one: one, unless the shards know nothing of each
/// other.
///
/// # Errors
///
/// The cluster does not tell its nodes.
pub(crate) fn apart(gears: &Gears) -> Result<Vec<Shard>> {
    if !gears.is_cluster()? || is_together(gears)? {
        return Ok(vec![Shard {
            id: None,
            gears: gears.clone(),
        }]);
    }
    let shards = gears.shards()?.into_iter();
    let shards = shards.map(|(id, gears)| Shard {
        id: Some(id),
        gears,
    });
    Ok(shards.collect())
}

/// Tells whether the module of one shard answers for all of them: RedisGears does once it knows
/// its cluster.
///
/// # Errors
///
/// The server cannot be asked.
pub(crate) fn is_together(gears: &Gears) -> Result<bool> {
    if gears.info_cluster()?.is_none() {
        return Ok(false);
    }
    // Only gears-engine has this setting.
    let version = Wire::open(gears, PATIENCE)?.ask(&["RG.CONFIGGET", "EngineVersion"]);
    let is_engine = matches!(
        version,
        Ok(Value::Array(values)) if matches!(values.as_slice(), [Value::BulkString(_)])
    );
    Ok(!is_engine)
}

/// Returns the shard that was connected to, where each has to be asked by itself; any where that is a
/// replica.
///
/// # Errors
///
/// As [`apart`].
pub(crate) fn asked(gears: &Gears) -> Result<Shard> {
    let mut shards = apart(gears)?;
    let mut place = 0;
    if shards.len() > 1 {
        let id = Wire::open(gears, PATIENCE)?.text(&["CLUSTER", "MYID"]).ok();
        place = shards
            .iter()
            .position(|shard| shard.id == id)
            .unwrap_or_default();
    }
    Ok(shards.swap_remove(place))
}

impl Shard {
    /// Writes an id so that it says the shard too.
    pub(crate) fn qualify(&self, id: &str) -> String {
        match (&self.id, id.rsplit_once('-')) {
            (Some(shard), Some((_, number))) => format!("{shard}-{number}"),
            _ => id.to_owned(),
        }
    }
}
