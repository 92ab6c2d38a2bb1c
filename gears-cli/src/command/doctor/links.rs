//! Whether the shards reach each other.

use gears_runtime::Gears;

use super::examination::Examination;
use crate::{failure::Result, link::Link};

/// Examines the links from each shard to the others, where the shards tell of them.
pub(super) fn examine<'a>(
    shards: impl Iterator<Item = (&'a String, &'a Gears)>,
    examination: &mut Examination<'_>,
) -> Result {
    let mut all = Vec::new();
    for (id, shard) in shards {
        match Link::all_of(shard) {
            Ok(links) => all.extend(links.into_iter().flatten()),
            Err(why) => examination.warn(
                "links",
                format!("those of {id} cannot be told: {why}"),
                format!("start that node, and let the user ask: {}", examination.allow("+info")),
            )?,
        }
    }
    let mut are_up = true;
    for link in all.iter().filter(|link| !link.is_up()) {
        are_up = false;
        if link.is_new() {
            examination.warn("links", link.describe(), "look again in a moment")?;
        } else {
            examination.fail(
                "links",
                link.describe(),
                "mend that on these two nodes: the link is tried again by itself, and nothing is \
                 registered as long as it is down",
            )?;
        }
    }
    if are_up && !all.is_empty() {
        examination.ok("links", format!("all {} between the primaries are up", all.len()))?;
    }
    Ok(())
}
