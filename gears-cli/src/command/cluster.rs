//! `gears cluster`.

use clap::Args;
use gears_runtime::data::ClusterInfo;
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    context::Context,
    failure::Result,
    output::{Cell, Table, Tone},
};

/// Shows the cluster as the server sees it.
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
        let cluster = gears.info_cluster()?;
        let output = &context.output;
        if output.is_json() {
            return output.json(&cluster.as_ref().map_or(Json::Null, of_cluster));
        }
        let Some(cluster) = cluster else {
            return output.line("the server stands alone");
        };
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
        output.table(&table)
    }
}

fn of_cluster(cluster: &ClusterInfo) -> Json {
    let shards = cluster.shards.iter().map(|shard| {
        json!({
            "id": shard.id,
            "ip": shard.ip,
            "port": shard.port,
            "unixSocket": shard.unix_socket,
            "runId": shard.run_id,
            "slots": [shard.min_hash_slot, shard.max_hash_slot],
            "pendingMessages": shard.pending_messages,
        })
    });
    json!({
        "myId": cluster.my_id,
        "myRunId": cluster.my_run_id,
        "shards": shards.collect::<Vec<_>>(),
    })
}
