//! Looking at all shards.

use std::{
    collections::BTreeMap,
    thread,
    time::Duration,
};

use gears_runtime::Gears;

use super::{
    exposition::{Exposition, Labels},
    families, series,
    shard::Shard,
};
use crate::{connection::Address, failure::Result, identity::is_alone, output::clean};

/// The name of a server that is in no cluster, whose id is nothing but zeros.
const ALONE: &str = "alone";

/// The name of a server that was never reached: nobody knows whether it is one or many.
const UNKNOWN: &str = "unknown";

/// Looks at a server, or at all shards of its cluster, again and again.
pub(super) struct Collector {
    address: String,
    gears: Gears,
    patience: Duration,
    /// By their ids, as they were when the cluster told them last.
    shards: BTreeMap<String, Shard>,
}

/// What came of a look.
pub(super) struct Look {
    pub(super) exposition: Exposition,
    /// How many shards answered.
    pub(super) answered: usize,
    /// Why the others did not, by their ids.
    pub(super) silent: BTreeMap<String, String>,
}

impl Collector {
    /// Makes one; the server need not be there yet.
    ///
    /// # Errors
    ///
    /// Options of the connection that make no sense.
    pub(super) fn new(address: &Address, patience: Duration) -> Result<Self> {
        let builder = address.builder()?.response_timeout(patience);
        let gears = builder.connect_timeout(patience).build();
        Ok(Self {
            address: address.to_string(),
            gears,
            patience,
            shards: BTreeMap::new(),
        })
    }

    /// Looks.
    pub(super) fn look(&mut self) -> Look {
        let lost = self.find_shards();
        let mut look = Look {
            exposition: Exposition::default(),
            answered: 0,
            silent: BTreeMap::new(),
        };
        if let (true, Err(why)) = (self.shards.is_empty(), lost) {
            look.note_up(UNKNOWN, &self.address, Err(&why.to_string()));
            return look;
        }
        let patience = self.patience;
        let answers: Vec<_> = thread::scope(|scope| {
            // At once: those that are away take all the time they have.
            let asked: Vec<_> = self
                .shards
                .iter_mut()
                .map(|(id, shard)| {
                    let address = shard.address();
                    (id, address, scope.spawn(move || shard.ask(patience)))
                })
                .collect();
            asked
                .into_iter()
                .map(|(id, address, answer)| (id.clone(), address, answer.join()))
                .collect()
        });
        for (id, address, answer) in answers {
            let id = if is_alone(&id) { ALONE.to_owned() } else { id };
            match answer {
                Ok(Ok(answer)) => {
                    look.note_up(&id, &address, Ok(()));
                    let shard = Labels::default().with("shard", id);
                    look.exposition.append(series::of(&answer, &shard));
                }
                Ok(Err(why)) => look.note_up(&id, &address, Err(&why.to_string())),
                Err(_) => look.note_up(&id, &address, Err("the look at it failed")),
            }
        }
        look
    }

    /// Finds the shards there are; those known before stay when nobody tells.
    fn find_shards(&mut self) -> Result {
        let found = self.gears.shards()?;
        self.shards.retain(|id, _| found.contains_key(id));
        for (id, gears) in found {
            match self.shards.get_mut(&id) {
                // Its connections are kept, unless it is somewhere else now.
                Some(shard) if shard.is_at(&gears) => {}
                Some(shard) => *shard = Shard::new(gears),
                None => {
                    self.shards.insert(id, Shard::new(gears));
                }
            }
        }
        Ok(())
    }
}

impl Look {
    fn note_up(&mut self, id: &str, address: &str, answered: Result<(), &str>) {
        let labels = Labels::default().with("shard", id).with("address", address);
        let is_up = answered.is_ok();
        self.exposition
            .add(&families::UP, &labels, f64::from(u8::from(is_up)));
        match answered {
            Ok(()) => self.answered += 1,
            Err(why) => {
                let why = clean(why);
                let line = format!("shard {id} at {address} does not answer: {why}");
                self.silent.insert(id.to_owned(), line);
            }
        }
    }
}
