//! `gears config`.

use std::collections::BTreeMap;

use clap::Args;
use gears_runtime::{
    Gears,
    data::{ConfigChange, ConfigValue},
};
use serde_json::{Value as Json, json};

use super::Perform;
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{Cell, Table},
};

/// The settings that all versions know (spec section 8).
const NAMES: [&str; 13] = [
    "MaxExecutions",
    "MaxExecutionsPerRegistration",
    "ProfileExecutions",
    "PythonAttemptTraceback",
    "DownloadDeps",
    "DependenciesUrl",
    "DependenciesSha256",
    "PythonInstallationDir",
    "CreateVenv",
    "ExecutionThreads",
    "ExecutionMaxIdleTime",
    "PythonInstallReqMaxIdleTime",
    "SendMsgRetries",
];

/// Shows settings, or changes them: NAME shows one, NAME=VALUE changes it.
///
/// Without names it shows all. A name that the server does not know can be set too: scripts
/// read it with configGet.
#[derive(Args, Debug)]
pub(crate) struct Config {
    /// Names to show, and NAME=VALUE to change.
    #[arg(value_name = "NAME[=VALUE]", value_parser = word, add = clap_complete::ArgValueCandidates::new(names))]
    words: Vec<Word>,
    /// Ask, and change, each shard of the cluster.
    #[arg(long)]
    all_shards: bool,
}

#[derive(Clone, Debug)]
enum Word {
    Show(String),
    Set(String, String),
}

fn word(text: &str) -> Result<Word, String> {
    match text.split_once('=') {
        Some(("", _)) => Err("a setting has a name: NAME=VALUE".to_owned()),
        Some((name, value)) => Ok(Word::Set(name.to_owned(), value.to_owned())),
        None => Ok(Word::Show(text.to_owned())),
    }
}

fn names() -> Vec<clap_complete::CompletionCandidate> {
    NAMES.iter().map(clap_complete::CompletionCandidate::new).collect()
}

impl Perform for Config {
    fn perform(self, context: &Context<'_>) -> Result {
        let gears = context.gears()?;
        let changes: Vec<(&str, &str)> = self.words.iter().filter_map(Word::change).collect();
        let mut shown: Vec<&str> = self.words.iter().filter_map(Word::shown).collect();
        if self.words.is_empty() {
            shown.extend(NAMES);
        }
        let shards: Vec<(String, Gears)> = if self.all_shards {
            let shards = gears.config().all_shards()?;
            shards.into_iter().map(|(id, shard)| (id, shard.gears().clone())).collect()
        } else {
            vec![(String::new(), gears.clone())]
        };
        let mut refused = Vec::new();
        let mut all = Vec::new();
        for (shard, gears) in &shards {
            refused.extend(change(gears, &changes, shard)?);
            if !shown.is_empty() {
                all.push((shard, gears.config_get(&shown)?));
            }
        }
        let unknown = unknown(&self.words, &all);
        print(context, &all)?;
        let lacking = !unknown.is_empty();
        refused.extend(unknown);
        if refused.is_empty() {
            return Ok(());
        }
        let failure = Failure::server(refused.join("\n"));
        Err(if lacking {
            failure.advice("`gears config` lists the settings of this server")
        } else {
            failure
        })
    }
}

impl Word {
    fn shown(&self) -> Option<&str> {
        match self {
            Self::Show(name) => Some(name),
            Self::Set(..) => None,
        }
    }

    fn change(&self) -> Option<(&str, &str)> {
        match self {
            Self::Show(_) => None,
            Self::Set(name, value) => Some((name, value)),
        }
    }
}

/// Changes settings; returns what was refused.
fn change(gears: &Gears, changes: &[(&str, &str)], shard: &str) -> Result<Vec<String>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let outcomes = gears.config_set(changes.iter().map(|(name, value)| (*name, *value)))?;
    let at = if shard.is_empty() { String::new() } else { format!(" on shard {shard}") };
    Ok(outcomes
        .into_iter()
        .filter_map(|(name, outcome)| match outcome {
            fixed if fixed.is_fixed() => Some(format!(
                "{name}{at}: it is fixed when the module is loaded: `loadmodule <file> {name} \
                 <value>`"
            )),
            ConfigChange::Refused(why) => Some(format!("{name}{at}: {why}")),
            _ => None,
        })
        .collect())
}

type Values = BTreeMap<String, Option<ConfigValue>>;

/// Says which names that somebody asked for are not there.
fn unknown(words: &[Word], all: &[(&String, Values)]) -> Vec<String> {
    let asked = words.iter().filter_map(Word::shown);
    asked
        .filter(|name| all.iter().any(|(_, values)| values.get(*name) == Some(&None)))
        .map(|name| format!("this server has no setting {name}"))
        .collect()
}

fn print(context: &Context<'_>, all: &[(&String, Values)]) -> Result {
    let output = &context.output;
    if all.is_empty() {
        return Ok(());
    }
    if output.is_json() {
        let of_values = |values: &Values| -> Json {
            let pairs = values.iter().map(|(name, value)| {
                let value = match value {
                    Some(ConfigValue::Int(int)) => json!(int),
                    Some(ConfigValue::List(texts)) => json!(texts),
                    Some(other) => json!(other.to_string()),
                    None => Json::Null,
                };
                (name.clone(), value)
            });
            Json::Object(pairs.collect())
        };
        return match all {
            [(shard, values)] if shard.is_empty() => output.json(&of_values(values)),
            all => output.json(&Json::Object(
                all.iter()
                    .map(|(shard, values)| ((*shard).clone(), of_values(values)))
                    .collect(),
            )),
        };
    }
    if all.iter().all(|(_, values)| values.values().all(Option::is_none)) {
        return Ok(());
    }
    let mut table = Table::plain();
    for (shard, values) in all {
        for (name, value) in values {
            let Some(value) = value else { continue };
            let mut cells = vec![Cell::text(name), Cell::text(value.to_string())];
            if !shard.is_empty() {
                cells.insert(0, Cell::text(*shard));
            }
            table.row(cells);
        }
    }
    output.table(&table)
}
