//! How far a command reaches in a cluster.

use redis::{Cmd, Value};

use super::merge::{self, Merge};
use crate::{
    connect::cluster::{errand::Asked, journey::Route, slot::slot_of, slot_map::SlotMap},
    data::{ExecutionId, RegistrationId},
    error::{Error, Result},
    server::value::{field, text},
};

/// Says which nodes of a cluster a command is for.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// Any primary.
    Any,
    /// The primary that has this key.
    Key(Vec<u8>),
    /// Every primary, whose replies are merged.
    Every(Merge),
    /// Any primary where shards do together what one of them is told, else every one.
    Together(Merge),
    /// The shard that began the execution.
    Execution(ExecutionId),
    /// The shards that have the registration; one of them where they do together what it is told.
    Registration(RegistrationId),
}

/// Says which nodes those are, by the map.
pub(super) enum Targets {
    One(Route),
    All,
    /// Those that know what is asked about: this question tells.
    Ask(Cmd),
}

impl Scope {
    pub(super) fn targets(&self, map: &SlotMap) -> Targets {
        // RedisGears in a cluster puts the id of the shard into ids; a server that does not know
        // its cluster writes zeros.
        let shard = |id: Option<&str>| {
            let node = map.shard(id?)?.clone();
            Some(Targets::One(Route::Node(node)))
        };
        match self {
            Self::Any => Targets::One(Route::Any),
            Self::Key(key) => Targets::One(Route::Slot(slot_of(key))),
            Self::Together(_) if map.server.shares => Targets::One(Route::Any),
            Self::Every(_) | Self::Together(_) => Targets::All,
            Self::Execution(id) => shard(id.shard_id()).unwrap_or_else(|| {
                let mut question = redis::cmd("RG.GETEXECUTION");
                question.arg(id.as_str()).arg("SHARD");
                Targets::Ask(question)
            }),
            Self::Registration(id) => {
                shard(id.shard_id()).unwrap_or_else(|| match map.server.shares {
                    // Who made it has gone, and left it to the others.
                    true => Targets::One(Route::Any),
                    false => Targets::Ask(redis::cmd("RG.DUMPREGISTRATIONS")),
                })
            }
        }
    }

    /// Finds those that know what is asked about in what each answered to the question.
    ///
    /// # Errors
    ///
    /// Several know different things by the same name.
    pub(super) fn holders(&self, replies: Vec<(Asked, Value)>) -> Result<Vec<Asked>> {
        match self {
            Self::Execution(id) => {
                let holders: Vec<Asked> = replies
                    .into_iter()
                    .filter(|(_, reply)| matches!(reply, Value::Array(_)))
                    .map(|(asked, _)| asked)
                    .collect();
                if holders.len() > 1 {
                    return Err(ambiguous("execution", id.as_str()));
                }
                Ok(holders)
            }
            Self::Registration(id) => {
                let mut holders: Vec<(Asked, Value)> = Vec::new();
                for (asked, reply) in replies {
                    let Some(entry) = find(reply, id.as_str()) else {
                        continue;
                    };
                    if let Some((_, first)) = holders.first()
                        && !merge::is_same_registration(first, &entry)
                    {
                        return Err(ambiguous("registration", id.as_str()));
                    }
                    holders.push((asked, entry));
                }
                Ok(holders.into_iter().map(|(asked, _)| asked).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Merges what several nodes replied.
    pub(super) fn merge(&self, replies: Vec<(Asked, Value)>) -> Value {
        let merge = match self {
            Self::Every(merge) | Self::Together(merge) => *merge,
            _ => Merge::Okay,
        };
        let replies = replies.into_iter().map(|(asked, reply)| (asked.id, reply));
        merge.merge(replies.collect())
    }
}

fn find(registrations: Value, id: &str) -> Option<Value> {
    let Value::Array(entries) = registrations else {
        return None;
    };
    entries
        .into_iter()
        .find(|entry| field(entry, "id").and_then(text) == Some(id))
}

fn ambiguous(what: &str, id: &str) -> Error {
    Error::refused(format!(
        "several shards of the cluster have an {what} of their own by the id {id}; say which one \
         is meant with `Gears::shards`"
    ))
}
