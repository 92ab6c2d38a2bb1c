//! `gears cluster`.

mod topology;

use std::{collections::BTreeMap, time::Duration};

use clap::Args;
use gears_runtime::{Gears, data::ClusterInfo};
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    context::Context,
    failure::Result,
    link::Link,
    output::{Cell, Table, Tone},
    shard,
    wire::Wire,
};
use topology::Topology;

const PATIENCE: Duration = Duration::from_secs(5);

/// Shows the cluster: as the module sees it, or as the servers do where the module does not look.
///
/// With gears-engine, each shard has a link to each other one: those that are down are told, with the cause.
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
        let links = links(gears)?;
        let together = shard::share(&shard::apart(gears)?)?;
        if output.is_json() {
            return output.json(&of_topology(&topology, &links, together));
        }
        output.table(&topology_table(&topology, &links))?;
        for link in links.values().flatten().filter(|link| !link.is_up()) {
            output.line(link.describe())?;
        }
        if !together {
            output.note(
                "a script sees the keys of the shard that it runs on, and `gears run --all-shards` \
                 runs it on each",
            );
        }
        Ok(())
    }
}

/// Asks each shard for its links; those that do not tell are left out.
fn links(gears: &Gears) -> Result<BTreeMap<String, Vec<Link>>> {
    let shards = gears.shards()?.into_iter();
    let told = shards.filter_map(|(id, shard)| Some((id, Link::all_of(&shard).ok()??)));
    Ok(told.collect())
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

fn topology_table(topology: &Topology, links: &BTreeMap<String, Vec<Link>>) -> Table {
    let mut table = Table::new(["", "SHARD", "ADDRESS", "SLOTS", "LINKS", "REPLICAS"]);
    for primary in &topology.primaries {
        let asked = topology.my_id.as_ref() == Some(&primary.id);
        let slots = primary.slots.iter();
        let slots = slots.map(|(first, last)| format!("{first}-{last}"));
        table.row([
            Cell::text(if asked { "*" } else { "" }),
            Cell::text(&primary.id),
            Cell::text(&primary.address),
            Cell::text(slots.collect::<Vec<_>>().join(", ")),
            links.get(&primary.id).map_or(Cell::text(""), |links| standing(links)),
            Cell::text(primary.replicas.join(", ")).tone(Tone::Dim),
        ]);
    }
    table
}

/// Says how many of a shard's links are up.
fn standing(links: &[Link]) -> Cell {
    let up = links.iter().filter(|link| link.is_up()).count();
    let tone = match up == links.len() {
        true => Tone::Plain,
        false => Tone::Bad,
    };
    Cell::text(format!("{up} of {} up", links.len())).tone(tone)
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

fn of_topology(
    topology: &Topology,
    links: &BTreeMap<String, Vec<Link>>,
    together: bool,
) -> Json {
    let shards = topology.primaries.iter().map(|primary| {
        json!({
            "id": primary.id,
            "address": primary.address,
            "slots": primary.slots,
            "replicas": primary.replicas,
        })
    });
    json!({
        "together": together,
        "myId": topology.my_id,
        "shards": shards.collect::<Vec<_>>(),
        "links": links.values().flatten().map(Link::to_json).collect::<Vec<_>>(),
    })
}
