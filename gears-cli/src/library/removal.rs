//! Taking libraries out.

use super::{Library, PATIENCE};
use crate::{
    refusal::Undone,
    shard::Shard,
    wire::{self, Wire},
};

/// What came of taking a library out.
pub(crate) struct Removal<'a> {
    pub(crate) library: &'a Library,
    /// The shards that had it.
    pub(crate) gone: Vec<&'a Shard>,
    /// What the others say, with their ids where there are several.
    pub(crate) failed: Vec<Undone>,
}

impl Library {
    /// Takes it out on every shard that has it; one that refuses keeps none of the others from it.
    pub(crate) fn remove(&self) -> Removal<'_> {
        let mut removal = Removal {
            library: self,
            gone: Vec::new(),
            failed: Vec::new(),
        };
        for shard in &self.places {
            match remove_from(shard, &self.name) {
                Ok(()) => removal.gone.push(shard),
                Err(undone) => removal.failed.push(undone.of(match &shard.id {
                    Some(id) => format!("library {} on shard {id}", self.name),
                    None => format!("library {}", self.name),
                })),
            }
        }
        removal
    }

    /// Says what [`remove`](Self::remove) would do.
    pub(crate) fn try_remove(&self) -> Removal<'_> {
        Removal {
            library: self,
            gone: self.places.iter().collect(),
            failed: Vec::new(),
        }
    }
}

fn remove_from(shard: &Shard, name: &str) -> Result<(), Undone> {
    let mut wire = Wire::open(&shard.gears, PATIENCE).map_err(|failure| Undone {
        why: failure.to_string(),
        is_refused: false,
    })?;
    let deleted = wire.reply(&["FUNCTION", "DELETE", name]);
    deleted.map(drop).map_err(|error| Undone {
        why: wire::said(&error),
        is_refused: wire::refuses(&error),
    })
}
