//! Ids as people write them: whole, or the number alone.
//!
//! A stand-alone server begins all its ids with forty zeros, which nobody wants to read or type.

use crate::{
    failure::{Failure, Result},
    placed::Placed,
    registration,
};

/// Writes an id as short as it is still clear.
pub(crate) fn short(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((shard, number)) if is_alone(shard) => number,
        _ => id,
    }
}

/// Tells whether a shard numbers as if there were no other.
pub(crate) fn is_alone(shard: &str) -> bool {
    shard.bytes().all(|byte| byte == b'0')
}

/// How much of a shard's id a line shows beside other things.
const BRIEF: usize = 8;

/// Writes so much of the shard's id, alone or in another one, that a person knows it again.
pub(crate) fn brief(id: &str) -> String {
    let (shard, number) = match short(id).rsplit_once('-') {
        Some((shard, number)) => (shard, Some(number)),
        None => (short(id), None),
    };
    let cut: String = shard.chars().take(BRIEF).collect();
    match number {
        Some(number) => format!("{cut}-{number}"),
        None => cut,
    }
}

/// Finds the registrations that are meant: one by id, trigger or pattern, all of a session.
///
/// A trigger means its newest version, and with a version that one.
///
/// # Errors
///
/// There is none, or a pattern has several.
pub(crate) fn registrations<'a>(all: &'a [Placed], wanted: &str) -> Result<Vec<&'a Placed>> {
    let found_by = |way: &dyn Fn(&Placed) -> bool| -> Vec<&Placed> {
        all.iter().filter(|one| way(one)).collect()
    };
    let single: [&dyn Fn(&Placed) -> bool; 4] = [
        &|one| one.id.as_str() == wanted && one.shards == 1,
        &|one| registration::name(one) == wanted,
        &|one| registration::versioned(one).as_deref() == Some(wanted),
        &|one| one.has_id(wanted),
    ];
    for way in single {
        let found = found_by(way);
        if found.len() > 1 {
            let ids = found.iter().flat_map(|one| one.places());
            let mut ids: Vec<String> = ids
                .map(|place| short(&place.shard.qualify(place.id.as_str())).to_owned())
                .collect();
            ids.dedup();
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
        assert_eq!(brief("0000000000000000000000000000000000000000-52"), "52");
        assert_eq!(brief("a1b2c3d4e5f6-52"), "a1b2c3d4-52");
        assert_eq!(brief("a1b2c3d4e5f6"), "a1b2c3d4");
    }
}
