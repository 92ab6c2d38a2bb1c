//! The cluster as the servers themselves tell it, where the module does not.

use redis::Value;

use crate::{
    failure::{Failure, Result},
    wire::Wire,
};

/// A primary, its slots and its replicas.
pub(super) struct Primary {
    pub(super) id: String,
    pub(super) address: String,
    pub(super) slots: Vec<(u64, u64)>,
    pub(super) replicas: Vec<String>,
}

/// The primaries in the order of their slots, and the id of the node that was asked.
pub(super) struct Topology {
    pub(super) my_id: Option<String>,
    pub(super) primaries: Vec<Primary>,
}

impl Topology {
    /// Asks a node.
    ///
    /// # Errors
    ///
    /// It does not tell.
    pub(super) fn of(wire: &mut Wire) -> Result<Self> {
        let refused = |why: String| {
            Failure::server(format!("the cluster cannot be told: {why}"))
                .advice("allow the user `+cluster|slots`, and look at `CLUSTER NODES`")
        };
        let reply = wire.ask(&["CLUSTER", "SLOTS"]).map_err(refused)?;
        let mut ranges = match reply {
            Value::Array(ranges) => ranges,
            other => return Err(refused(format!("the server said {other:?}"))),
        };
        ranges.sort_by_key(|range| match range {
            Value::Array(parts) => parts.first().and_then(number),
            _ => None,
        });
        let mut primaries: Vec<Primary> = Vec::new();
        for range in &ranges {
            let (first, last, nodes) =
                read(range).ok_or_else(|| refused(format!("the server said {range:?}")))?;
            let Some(((id, address), replicas)) = nodes.split_first() else {
                continue;
            };
            match primaries.iter_mut().find(|primary| primary.id == *id) {
                Some(primary) => primary.slots.push((first, last)),
                None => primaries.push(Primary {
                    id: id.clone(),
                    address: address.clone(),
                    slots: vec![(first, last)],
                    replicas: replicas
                        .iter()
                        .map(|(_, address)| address.clone())
                        .collect(),
                }),
            }
        }
        Ok(Self {
            my_id: wire.text(&["CLUSTER", "MYID"]).ok(),
            primaries,
        })
    }
}

/// The id and the address of a node.
type Node = (String, String);

/// Reads a range of slots and who has it: first slot, last slot, then each node.
fn read(range: &Value) -> Option<(u64, u64, Vec<Node>)> {
    let Value::Array(parts) = range else {
        return None;
    };
    let (first, last) = (number(parts.first()?)?, number(parts.get(1)?)?);
    let nodes = parts[2..].iter().map(|node| {
        let Value::Array(node) = node else {
            return None;
        };
        let text = |at: usize| redis::from_redis_value_ref::<String>(node.get(at)?).ok();
        Some((text(2)?, format!("{}:{}", text(0)?, number(node.get(1)?)?)))
    });
    Some((first, last, nodes.collect::<Option<_>>()?))
}

fn number(value: &Value) -> Option<u64> {
    redis::from_redis_value_ref(value).ok()
}
