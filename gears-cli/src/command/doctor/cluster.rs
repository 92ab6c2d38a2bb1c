//! The cluster: whether all of it is there, and the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use gears_runtime::Gears;

use super::{examination::Examination, links};
use crate::{failure::Result, registration, wire::Wire};

pub(super) fn examine(
    gears: &Gears,
    wire: &mut Wire,
    examination: &mut Examination<'_>,
) -> Result {
    match wire.text(&["CLUSTER", "INFO"]) {
        Ok(info) if info.contains("cluster_state:ok") => {}
        Ok(info) => {
            let count = info.lines().find_map(|line| line.strip_prefix("cluster_slots_ok:"));
            examination.fail(
                "cluster",
                format!("it is down: {} of 16384 slots are served", count.unwrap_or("?").trim()),
                "`CLUSTER NODES` shows who is missing: start that node, or promote its replica \
                 with `CLUSTER FAILOVER TAKEOVER`",
            )?;
        }
        Err(why) => examination.warn(
            "cluster",
            format!("its state cannot be told: {why}"),
            examination.allow("+cluster|info"),
        )?,
    }
    let shards = match gears.shards() {
        Ok(shards) => shards,
        Err(error) => {
            return examination.fail(
                "cluster",
                format!("its nodes cannot be told: {error}"),
                "look at `CLUSTER SLOTS`: the slots have to be given to nodes",
            );
        }
    };
    let mut versions: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut registered: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (id, shard) in &shards {
        let asked = shard
            .config_get(["EngineVersion"])
            .and_then(|version| Ok((version, shard.dump_registrations()?)));
        match asked {
            Ok((version, all)) => {
                let version = version.into_values().next().flatten();
                let version = version.map_or("RedisGears".to_owned(), |it| it.to_string());
                versions.entry(version).or_default().push(id);
                registered.insert(id, all.iter().map(known).collect());
            }
            Err(error) => examination.fail(
                "shard",
                format!("{id} cannot be asked: {error}"),
                "start that node with the module, or promote its replica with `CLUSTER FAILOVER`",
            )?,
        }
    }
    if versions.len() > 1 {
        let versions = versions.iter();
        let versions = versions.map(|(version, ids)| format!("{version} on {}", ids.join(", ")));
        examination.warn(
            "shards",
            format!("the module differs: {}", versions.collect::<Vec<_>>().join("; ")),
            "load the same module everywhere",
        )?;
    }
    same(shards.len(), &registered, examination)?;
    let answering = shards.iter().filter(|(id, _)| registered.contains_key(id.as_str()));
    links::examine(answering, examination)
}

/// Compares what is registered on all.
fn same(
    count: usize,
    registered: &BTreeMap<&str, BTreeSet<String>>,
    examination: &mut Examination<'_>,
) -> Result {
    let all: BTreeSet<&String> = registered.values().flatten().collect();
    let lacking: Vec<String> = registered
        .iter()
        .filter_map(|(id, theirs)| {
            let lacks: Vec<&str> = all
                .iter()
                .filter(|one| !theirs.contains(**one))
                .map(|one| one.split('\n').next().unwrap_or_default())
                .collect();
            (!lacks.is_empty()).then(|| format!("{id} lacks {}", lacks.join(", ")))
        })
        .collect();
    if !lacking.is_empty() {
        return examination.fail(
            "shards",
            format!("not the same is registered on all: {}", lacking.join("; ")),
            "register again: `register_all` and `gears restore --policy replace` reach all primaries",
        );
    }
    if registered.len() == count {
        let what = format!("{count} primaries, all reachable, the same registered on each");
        examination.ok("shards", what)?;
    }
    Ok(())
}

/// Tells registrations apart: by name, and by what was registered under it.
fn known(one: &gears_runtime::data::Registration) -> String {
    let description = one.description.as_deref().unwrap_or_default();
    format!("{} {}\n{description}", one.reader, registration::name(one))
}
