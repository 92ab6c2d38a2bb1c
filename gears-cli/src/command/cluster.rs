//! `gears cluster`.

mod topology;

use std::time::Duration;

use clap::Args;
use gears_runtime::data::ClusterInfo;
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    context::Context,
    failure::Result,
    output::{Cell, Table, Tone},
    shard,
    wire::Wire,
};
use topology::Topology;

const PATIENCE: Duration = Duration::from_secs(5);

/// Shows the cluster: as the module sees it, or as the servers do where the module does not look.
#[derive(Args, Debug)]
pub(crate) struct Cluster {
    /// Make the server look at the cluster anew first; gears-engine needs no telling.
    #[arg(long)]
    refresh: bool,
    /// Make the server send a message to all others, which they log.
    #[arg(long)]
    test: bool,
}

impl Perform for Cluster {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        if self.refresh {
            gears.refresh_cluster()?;
        }
        if self.test {
            gears.network_test()?;
        }
        let output = &context.output;
        let together = match shard::is_together(gears)? {
            true => gears.info_cluster()?,
            false => None,
        };
        if let Some(cluster) = together {
            return if output.is_json() {
                output.json(&of_cluster(&cluster))
            } else {
                output.table(&table(&cluster))
            };
        }
        if !gears.is_cluster()? {
            return if output.is_json() {
                output.json(&Json::Null)
            } else {
                output.line("the server stands alone")
            };
        }
        let topology = Topology::of(&mut Wire::open(gears, PATIENCE)?)?;
        if output.is_json() {
            return output.json(&of_topology(&topology));
        }
        output.table(&topology_table(&topology))?;
        let registers = match shard::share(&shard::apart(gears)?)? {
            true => "; what it registers is on all",
            false => "",
        };
        output.note(format_args!(
            "a script sees the keys of the shard that it runs on, and `gears run --all-shards` runs it \
             on each{registers}"
        ));
        Ok(())
    }
}

fn table(cluster: &ClusterInfo) -> Table {
    let mut table = Table::new(["", "SHARD", "ADDRESS", "SLOTS", "RUN", "PENDING"]);
    for shard in &cluster.shards {
        let asked = if shard.id == cluster.my_id { "*" } else { "" };
        table.row([
            Cell::text(asked),
            Cell::text(&shard.id),
            Cell::text(format!("{}:{}", shard.ip, shard.port)),
            Cell::text(format!("{}-{}", shard.min_hash_slot, shard.max_hash_slot)),
            Cell::text(shard.run_id.as_deref().unwrap_or("unknown")).tone(Tone::Dim),
            Cell::number(shard.pending_messages),
        ]);
    }
    table
}

fn topology_table(topology: &Topology) -> Table {
    let mut table = Table::new(["", "SHARD", "ADDRESS", "SLOTS", "REPLICAS"]);
    for primary in &topology.primaries {
        let asked = topology.my_id.as_ref() == Some(&primary.id);
        let slots = primary.slots.iter();
        let slots = slots.map(|(first, last)| format!("{first}-{last}"));
        table.row([
            Cell::text(if asked { "*" } else { "" }),
            Cell::text(&primary.id),
            Cell::text(&primary.address),
            Cell::text(slots.collect::<Vec<_>>().join(", ")),
            Cell::text(primary.replicas.join(", ")).tone(Tone::Dim),
        ]);
    }
    table
}

fn of_cluster(cluster: &ClusterInfo) -> Json {
    let shards = cluster.shards.iter().map(|shard| {
        json!({
            "id": shard.id,
            "address": format!("{}:{}", shard.ip, shard.port),
            "unixSocket": shard.unix_socket,
            "runId": shard.run_id,
            "slots": [[shard.min_hash_slot, shard.max_hash_slot]],
            "pendingMessages": shard.pending_messages,
        })
    });
    json!({
        "together": true,
        "myId": cluster.my_id,
        "myRunId": cluster.my_run_id,
        "shards": shards.collect::<Vec<_>>(),
    })
}

fn of_topology(topology: &Topology) -> Json {
    let shards = topology.primaries.iter().map(|primary| {
        json!({
            "id": primary.id,
            "address": primary.address,
            "slots": primary.slots,
            "replicas": primary.replicas,
        })
    });
    json!({
        "together": false,
        "myId": topology.my_id,
        "shards": shards.collect::<Vec<_>>(),
    })
}
