//! Ids as people write them: whole, or the number alone.
//!
//! A stand-alone server begins all its ids with forty zeros, which nobody wants to read or type.

use gears_runtime::{
    Gears,
    data::{ExecutionId, ExecutionInfo, Registration},
};

use crate::{
    failure::{Failure, Result},
    registration,
};

/// Writes an id as short as it is still clear.
pub(crate) fn short(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((shard, number)) if shard.bytes().all(|byte| byte == b'0') => number,
        _ => id,
    }
}

fn fits(id: &str, sequence: Option<u64>, wanted: &str) -> bool {
    id == wanted || sequence.is_some_and(|sequence| sequence.to_string() == wanted)
}

/// Finds the executions that are meant.
///
/// # Errors
///
/// There is none of an id, or several shards have one of the number.
pub(crate) fn executions(gears: &Gears, wanted: &[String]) -> Result<Vec<ExecutionInfo>> {
    let all = gears.dump_executions()?;
    wanted
        .iter()
        .map(|wanted| {
            let mut found = all
                .iter()
                .filter(|one| fits(one.id.as_str(), one.id.sequence(), wanted));
            match (found.next(), found.next()) {
                (Some(one), None) => Ok(one.clone()),
                (Some(_), Some(_)) => Err(Failure::usage(format!(
                    "several shards have an execution with the number {wanted}"
                ))
                .advice("write the whole id, as `gears executions` shows it")),
                (None, _) => Err(Failure::server(format!("there is no execution `{wanted}`"))
                    .advice(
                        "`gears executions` lists those that there are; old ones make way for \
                         newer ones (setting MaxExecutions)",
                    )),
            }
        })
        .collect()
}

/// Finds the one execution that is meant.
///
/// # Errors
///
/// As [`executions`].
pub(crate) fn execution(gears: &Gears, wanted: &str) -> Result<ExecutionId> {
    let found = executions(gears, &[wanted.to_owned()])?;
    Ok(found[0].id.clone())
}

/// Finds the registrations that are meant: one by id, trigger or pattern, all of a session.
///
/// # Errors
///
/// There is none, or a pattern has several.
pub(crate) fn registrations<'a>(
    all: &'a [Registration],
    wanted: &str,
) -> Result<Vec<&'a Registration>> {
    let found_by = |way: &dyn Fn(&Registration) -> bool| -> Vec<&Registration> {
        all.iter().filter(|one| way(one)).collect()
    };
    let single: [&dyn Fn(&Registration) -> bool; 3] = [
        &|one| one.id.as_str() == wanted,
        &|one| registration::name(one) == wanted,
        &|one| fits(one.id.as_str(), one.id.sequence(), wanted),
    ];
    for way in single {
        let found = found_by(way);
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|one| short(one.id.as_str())).collect();
            return Err(Failure::usage(format!(
                "`{wanted}` means {} registrations: {}",
                found.len(),
                ids.join(", ")
            ))
            .advice("name one of these ids"));
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let of_session = found_by(&|one| registration::session(one) == Some(wanted));
    if !of_session.is_empty() {
        return Ok(of_session);
    }
    Err(
        Failure::server(format!("nothing is registered as `{wanted}`"))
            .advice("`gears list` shows ids, names and sessions"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_server_that_stands_alone_are_numbers() {
        assert_eq!(short("0000000000000000000000000000000000000000-52"), "52");
        assert_eq!(short("a100-52"), "a100-52");
        assert_eq!(short("x"), "x");
    }
}
