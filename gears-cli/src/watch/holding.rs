//! Asks the server what it holds of the scripts.

use std::collections::BTreeMap;

use gears_runtime::data::SessionQuery;

use super::{
    folder::{Place, Root},
    held::{self, Held, Holding},
    index::Entry,
    link::Link,
    trouble::Trouble,
};

/// So many sessions are asked for by name; of more, all are listed.
const NAMED: usize = 100;

/// Reads what the server holds: of some scripts, or of all.
///
/// What is known from before is asked where there are neither sessions nor an index.
pub(super) fn read(
    link: &mut Link,
    roots: &[Root],
    only: Option<&[Place]>,
    known: &Holding,
) -> Result<Holding, Trouble> {
    let mut index: BTreeMap<Place, Entry> = BTreeMap::new();
    for (number, root) in roots.iter().enumerate() {
        let names: Option<Vec<&str>> = only.map(|only| {
            let ours = only.iter().filter(|place| place.root == number);
            ours.map(|place| place.name.as_str()).collect()
        });
        let entries = link.index(|index| index.read(&root.id, names.as_deref()))?;
        for (name, entry) in entries.unwrap_or_default() {
            index.insert(Place::new(number, &name), entry);
        }
    }
    let listed = index.into_iter().map(|(place, entry)| {
        let held = Held {
            digest: entry.digest,
            session: entry.session,
            registrations: entry.registrations,
        };
        (place, held)
    });
    if link.has_sessions {
        // What registered something has a session; the index knows what only ran.
        let mut holding: Holding = listed
            .filter(|(_, held)| held.registrations.is_empty())
            .collect();
        holding.extend(sessions(link, roots, only)?);
        return Ok(holding);
    }
    let mut holding = known.clone();
    holding.extend(listed);
    let there = link.registered()?;
    for held in holding.values_mut() {
        let wanted = held.registrations.len();
        held.registrations.retain(|id| there.contains(id));
        if held.registrations.len() < wanted {
            // Half of it is as good as another content.
            held.digest.clear();
        }
    }
    holding.retain(|_, held| !held.digest.is_empty() || !held.registrations.is_empty());
    Ok(holding)
}

fn sessions(link: &Link, roots: &[Root], only: Option<&[Place]>) -> Result<Holding, Trouble> {
    let mut query = SessionQuery::new();
    if let Some(only) = only.filter(|only| only.len() <= NAMED) {
        query = query.only(
            only.iter()
                .map(|place| roots[place.root].session(&place.name)),
        );
    }
    let mut holding = Holding::new();
    for (number, shard) in link.shards.values().enumerate() {
        let listed = shard.py_dump_sessions(&query)?.sessions;
        let mut here: Holding = listed
            .iter()
            .filter_map(|session| held::of_session(session, roots))
            .collect();
        if number == 0 {
            holding = here;
            continue;
        }
        // What not all shards have alike is as good as another content.
        for (place, held) in &mut holding {
            let is_alike = here
                .remove(place)
                .is_some_and(|one| one.digest == held.digest);
            if !is_alike {
                held.digest.clear();
            }
        }
        holding.extend(here.into_iter().map(|(place, mut held)| {
            held.digest.clear();
            (place, held)
        }));
    }
    Ok(holding)
}
