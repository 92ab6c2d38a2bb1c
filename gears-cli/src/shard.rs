//! The shards of a cluster whose module keeps executions shard by shard.
//!
//! gears-engine does so, and a RedisGears that was not told of its cluster: every shard runs
//! scripts over its own keys. Registrations are kept shard by shard too, unless the shards share them.

pub(crate) mod execution;

use std::time::Duration;

use gears_runtime::{Gears, data::ConfigValue};
use redis::Value;

use crate::{failure::Result, identity::is_alone, wire::Wire};

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

/// Tells whether shards that are asked one by one share what is registered: what is done on one is done
/// on all.
///
/// # Errors
///
/// One of them cannot be asked.
pub(crate) fn share(shards: &[Shard]) -> Result<bool> {
    for shard in shards {
        if !shard.shares()? {
            return Ok(false);
        }
    }
    Ok(shards.len() > 1)
}

/// Returns the shards that have to be told one by one what to register: one, where they share it.
///
/// # Errors
///
/// As [`apart`] and [`share`].
pub(crate) fn registrars(gears: &Gears) -> Result<Vec<Shard>> {
    let mut shards = apart(gears)?;
    if share(&shards)? {
        shards.truncate(1);
    }
    Ok(shards)
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
    /// Tells whether it shares what is registered with the others.
    ///
    /// # Errors
    ///
    /// It cannot be asked.
    pub(crate) fn shares(&self) -> Result<bool> {
        let protocol = self.gears.config_get(["ClusterProtocol"])?;
        let protocol = protocol.into_values().next().flatten();
        Ok(matches!(protocol, Some(ConfigValue::Int(1..))))
    }

    /// Writes an id so that it says the shard too; one of a shard that knows its cluster does.
    pub(crate) fn qualify(&self, id: &str) -> String {
        match (&self.id, id.rsplit_once('-')) {
            (Some(shard), Some((zeros, number))) if is_alone(zeros) => format!("{shard}-{number}"),
            _ => id.to_owned(),
        }
    }
}
