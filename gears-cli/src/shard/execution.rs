//! Executions, and the shards that have them.

use std::collections::{HashMap, hash_map::Entry};

use gears_runtime::{Gears, data::ExecutionInfo};

use super::Shard;
use crate::{
    failure::{Failure, Result},
    identity::short,
};

/// An execution of one shard.
pub(crate) struct Execution {
    pub(crate) info: ExecutionInfo,
    shard: Shard,
}

impl Execution {
    /// Returns its id, which says the shard too where there are several.
    pub(crate) fn id(&self) -> String {
        self.shard.qualify(self.info.id.as_str())
    }

    /// Returns the id for a table.
    pub(crate) fn short_id(&self) -> String {
        short(&self.id()).to_owned()
    }

    /// Returns the shard that has it.
    pub(crate) fn gears(&self) -> &Gears {
        &self.shard.gears
    }

    fn is_where_it_began(&self) -> bool {
        self.info.id.shard_id() == self.shard.id.as_deref()
    }

    fn fits(&self, wanted: &str) -> bool {
        let number = self.info.id.sequence().map(|number| number.to_string());
        self.id() == wanted || self.info.id.as_str() == wanted || number.as_deref() == Some(wanted)
    }
}

/// Reads the executions of all shards.
///
/// # Errors
///
/// One of them does not tell.
pub(crate) fn all(gears: &Gears) -> Result<Vec<Execution>> {
    let mut all = Vec::new();
    for shard in super::apart(gears)? {
        let theirs = shard.gears.dump_executions()?.into_iter();
        all.extend(theirs.map(|info| Execution {
            info,
            shard: shard.clone(),
        }));
    }
    Ok(each_once(all, Execution::id, Execution::is_where_it_began))
}

/// Keeps each execution once: as the shard lists it that began it, where several do by one id.
fn each_once<T>(all: Vec<T>, id: impl Fn(&T) -> String, is_first: impl Fn(&T) -> bool) -> Vec<T> {
    let mut each: Vec<T> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for one in all {
        match places.entry(id(&one)) {
            Entry::Vacant(vacant) => {
                vacant.insert(each.len());
                each.push(one);
            }
            Entry::Occupied(known) if is_first(&one) => each[*known.get()] = one,
            Entry::Occupied(_) => {}
        }
    }
    each
}

/// Finds the execution that is meant.
///
/// # Errors
///
/// There is none, or several shards have one of the number.
pub(crate) fn find(gears: &Gears, wanted: &str) -> Result<Execution> {
    let mut found = choose(all(gears)?, &[wanted.to_owned()])?;
    Ok(found.remove(0))
}

/// Finds the executions that are meant.
///
/// # Errors
///
/// As [`find`], for one of them.
pub(crate) fn choose(mut all: Vec<Execution>, wanted: &[String]) -> Result<Vec<Execution>> {
    let mut chosen = Vec::new();
    for wanted in wanted {
        let found: Vec<usize> = (0..all.len())
            .filter(|index| all[*index].fits(wanted))
            .collect();
        match found.as_slice() {
            [one] => chosen.push(all.remove(*one)),
            [] if chosen.iter().any(|one: &Execution| one.fits(wanted)) => {}
            [] => {
                return Err(
                    Failure::server(format!("there is no execution `{wanted}`")).advice(
                        "`gears executions` lists those that there are; old ones make way for newer \
                         ones (setting MaxExecutions)",
                    ),
                );
            }
            several => {
                let ids: Vec<String> = several.iter().map(|index| all[*index].id()).collect();
                return Err(Failure::usage(format!(
                    "several shards have an execution with the number {wanted}: {}",
                    ids.join(", ")
                ))
                .advice("write the whole id"));
            }
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_that_several_shards_list_is_that_of_the_one_that_began_it() {
        let listed = vec![
            ("b-1", "a"),
            ("a-1", "a"),
            ("b-1", "b"),
            ("a-1", "b"),
            ("c-9", "a"),
        ];
        let each = each_once(
            listed,
            |(id, _)| (*id).to_owned(),
            |(id, shard)| id.starts_with(shard),
        );
        // Where the one that began it has forgotten it, any other one tells.
        assert_eq!(each, [("b-1", "b"), ("a-1", "a"), ("c-9", "a")]);
    }
}
