//! The index: what was run of each folder, kept on the server for whoever watches next.
//!
//! One hash for each folder, `PREFIX{gears:watch}:ID`; its fields are the scripts. All keys have
//! one tag, so a cluster keeps them in one place.

use std::collections::BTreeMap;

use gears_runtime::Gears;
use redis::{Cmd, Connection, FromRedisValue, RedisError};
use serde::{Deserialize, Serialize};

use super::{connection, trouble::Trouble};

/// What the index says about a script.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Entry {
    /// Where the file is.
    pub(super) path: String,
    pub(super) digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// The ids of what it registered; none when it only ran.
    #[serde(default)]
    pub(super) registrations: Vec<String>,
    #[serde(default)]
    pub(super) requirements: Vec<String>,
    /// When it was run, RFC 3339.
    #[serde(default)]
    pub(super) time: String,
}

/// The index of one server.
pub(super) struct Index {
    connection: Connection,
    prefix: String,
}

impl Index {
    /// Connects to where the index is kept.
    pub(super) fn open(gears: &Gears, prefix: &str) -> Result<Self, Trouble> {
        let prefix = format!("{prefix}{{gears:watch}}");
        let mut refusal = None;
        for shard in gears.shards()?.values() {
            let mut index = Self {
                connection: connection::open(shard)?,
                prefix: prefix.clone(),
            };
            match index.ask::<i64>(redis::cmd("EXISTS").arg(index.key("lease"))) {
                // The others send us to the one that has it.
                Err(error) if error.kind() == redis::ServerErrorKind::Moved.into() => {}
                Err(error) if error.is_io_error() => return Err(error.into()),
                Err(error) => refusal = Some(error),
                Ok(_) => return Ok(index),
            }
        }
        Err(match refusal {
            Some(error) => error.into(),
            None => Trouble::away("no shard has the slot of the index"),
        })
    }

    /// Returns the name of a key of the index.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// Sends a command.
    pub(super) fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, RedisError> {
        command.query(&mut self.connection)
    }

    /// Reads what is known about a folder, or about some scripts of it; what is no entry of ours
    /// is passed over.
    pub(super) fn read(
        &mut self,
        root: &str,
        only: Option<&[&str]>,
    ) -> Result<BTreeMap<String, Entry>, RedisError> {
        let key = self.key(root);
        let fields: Vec<(String, String)> = match only {
            Some([]) => Vec::new(),
            Some(names) => {
                let entries: Vec<Option<String>> =
                    self.ask(redis::cmd("HMGET").arg(key).arg(names))?;
                let names = names.iter().map(|name| (*name).to_owned());
                names
                    .zip(entries)
                    .filter_map(|(name, entry)| Some((name, entry?)))
                    .collect()
            }
            None => self.ask(redis::cmd("HGETALL").arg(key))?,
        };
        Ok(fields
            .into_iter()
            .filter_map(|(name, entry)| Some((name, serde_json::from_str(&entry).ok()?)))
            .collect())
    }

    /// Writes what is known about a script.
    #[expect(clippy::expect_used, reason = "texts and lists are JSON")]
    pub(super) fn write(
        &mut self,
        root: &str,
        name: &str,
        entry: &Entry,
    ) -> Result<(), RedisError> {
        let entry = serde_json::to_string(entry).expect("texts and lists are JSON");
        let key = self.key(root);
        self.ask(redis::cmd("HSET").arg(key).arg(name).arg(entry))
    }

    /// Forgets a script.
    pub(super) fn forget(&mut self, root: &str, name: &str) -> Result<(), RedisError> {
        let key = self.key(root);
        self.ask(redis::cmd("HDEL").arg(key).arg(name))
    }
}
