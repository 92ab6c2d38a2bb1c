//! Which registrations people mean by what they write.

use crate::{
    failure::{Failure, Result},
    identity::short,
    placed::Placed,
    registration,
};

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
            return Err(Failure::usage(format!(
                "`{wanted}` means {} registrations: {}",
                found.len(),
                ids(&found)
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

/// Says that what is registered and a library of the server's own functions have one name, and how to tell them apart.
pub(crate) fn both(wanted: &str, registered: &[&Placed]) -> Failure {
    let message = format!("`{wanted}` is registered, and it is a library of functions");
    Failure::usage(message).advice(format!(
        "`--library {wanted}` means the library, and an id what is registered: {}",
        ids(registered)
    ))
}

/// Names their ids on all shards.
fn ids(found: &[&Placed]) -> String {
    let places = found.iter().flat_map(|one| one.places());
    let mut ids: Vec<String> = places
        .map(|place| short(&place.shard.qualify(place.id.as_str())).to_owned())
        .collect();
    ids.dedup();
    ids.join(", ")
}
