//! What is said of keys that another shard serves.

use gears_model::{Topology, slot_of};
use gears_server::{Context, text::echoed};

/// Says whose the keys of a command are that the server refused, and what to do about it;
/// nothing when they are this shard's.
pub(crate) fn whose(context: &Context, words: &[&[u8]]) -> Option<String> {
    let topology = super::look(context)?;
    explain(&topology, &context.keys_of(words))
}

fn explain(topology: &Topology, keys: &[Vec<u8>]) -> Option<String> {
    let first = keys.first()?;
    let slot = slot_of(first);
    if let Some(other) = keys.iter().find(|key| slot_of(key) != slot) {
        return Some(format!(
            "the keys {} and {} are in the slots {slot} and {}, and a command can use keys of one \
             slot only: give their names the same part in braces, as {{tag}}",
            shown(first),
            shown(other),
            slot_of(other),
        ));
    }
    let whose = match topology.owner(slot) {
        None => {
            return Some(format!(
                "the key {} is in slot {slot}, which no shard serves",
                shown(first)
            ));
        }
        Some(owner) if owner.id == topology.own => return None,
        Some(owner) => owner,
    };
    Some(format!(
        "the key {} is in slot {slot}, which the shard {} serves ({}:{}): use keys of this shard \
         (with hashtag() in braces), have the record moved first (repartition, with the key), or \
         call the function there (key= of a gear, RG.TRIGGERONKEY)",
        shown(first),
        whose.id,
        whose.host,
        whose.port,
    ))
}

/// Quotes a key, a long one in part.
fn shown(key: &[u8]) -> String {
    format!("'{}'", echoed(&String::from_utf8_lossy(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(keys: &[&str]) -> Option<String> {
        let [a, b] = ["a", "b"].map(|letter| letter.repeat(40));
        let nodes = format!(
            "{a} 10.0.0.1:7000@17000 myself,master - 0 1 1 connected 0-5460\n\
             {b} 10.0.0.2:7001@17001 master - 0 1 2 connected 5461-16000\n"
        );
        let topology = Topology::parse(&nodes).unwrap();
        let keys: Vec<_> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        explain(&topology, &keys)
    }

    #[test]
    fn the_shard_that_serves_a_key_is_named() {
        let foreign = explained(&["x{c}"]).unwrap();
        let shard = "b".repeat(40);
        assert!(foreign.contains("'x{c}' is in slot 7365"), "{foreign}");
        assert!(
            foreign.contains(&format!("{shard} serves (10.0.0.2:7001)")),
            "{foreign}"
        );
    }

    #[test]
    fn what_is_this_shards_needs_no_word() {
        assert_eq!(explained(&["x{b}", "y{b}"]), None);
        assert_eq!(explained(&[]), None);
    }

    #[test]
    fn keys_of_two_slots_and_of_nobodys_are_told() {
        let two = explained(&["x{b}", "y{f}"]).unwrap();
        assert!(two.contains("'x{b}' and 'y{f}'"), "{two}");
        let nobodys = explained(&["foo17"]);
        let slot = slot_of(b"foo17");
        assert_eq!(
            nobodys.is_some_and(|text| text.ends_with("no shard serves")),
            slot > 16_000
        );
    }
}
