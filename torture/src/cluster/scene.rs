//! What all clients of a cluster know, and the data that they work on.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fastrand::Rng;

use crate::client::{Value, encode_text};

use super::shards::{SHARDS, Shards, home, wait_for};

/// How many keys each shard has.
pub(super) const KEYS: usize = 200;

/// The functions that are registered, on all shards.
const FUNCTIONS: [&str; 3] = [
    "GB('CommandReader').count().register(trigger='all')",
    "GB('CommandReader').map(lambda r: r[1]).repartition(lambda r: r).register(trigger='moved')",
    "GB('KeysReader').map(lambda r: r['value']).repartition(lambda r: r)\
     .foreach(lambda r: execute('INCR', 'seen:' + r)).register('e:*', mode='async', eventTypes=['set'])",
];

pub(super) struct Scene {
    sockets: Vec<PathBuf>,
    /// The node of each shard that is its primary.
    primaries: [AtomicUsize; SHARDS],
    /// A tag for each shard: keys have no others, so that all other slots are empty.
    tags: [String; SHARDS],
    is_over: AtomicBool,
    may_be_cut: AtomicBool,
}

impl Scene {
    /// Fills the shards and registers the functions.
    pub(super) fn set(shards: &Shards) -> Result<Self> {
        let tags = std::array::from_fn(|shard| tag(shards, shard));
        let [first, second, third] = tags;
        let scene = Self {
            sockets: (0..shards.count())
                .map(|node| shards.socket(node))
                .collect(),
            primaries: std::array::from_fn(AtomicUsize::new),
            tags: [first?, second?, third?],
            is_over: AtomicBool::new(false),
            may_be_cut: AtomicBool::new(false),
        };
        for shard in 0..SHARDS {
            let mut client = shards.client(shard)?;
            let tag = scene.tag(shard);
            let keys = (0..KEYS).flat_map(|number| {
                encode_text(&["SET", &format!("k:{tag}:{number}"), &number.to_string()])
            });
            client.send(&keys.collect::<Vec<u8>>())?;
            for _ in 0..KEYS {
                if let Value::Error(error) = client.read()? {
                    return Err(Error::other(error));
                }
            }
            client.must(&["SET", &format!("seen:{tag}"), "0"])?;
        }
        for function in FUNCTIONS {
            // Until all shards have found each other.
            wait_for(|| {
                let answer = shards.text(0, &["RG.PYEXECUTE", function])?;
                Ok(answer.as_text().as_deref() == Some("OK"))
            })?;
        }
        Ok(scene)
    }

    pub(super) fn tag(&self, shard: usize) -> &str {
        &self.tags[shard]
    }

    /// How to reach the primary of a shard, or who was it a moment ago.
    pub(super) fn socket(&self, shard: usize) -> &Path {
        &self.sockets[self.primaries[shard].load(Ordering::Relaxed)]
    }

    /// Looks which nodes are primaries.
    pub(super) fn look(&self, shards: &Shards) {
        for (shard, primary) in self.primaries.iter().enumerate() {
            primary.store(shards.primary(shard), Ordering::Relaxed);
        }
    }

    /// A slot that a shard had at first, and that has no keys.
    pub(super) fn empty_slot(
        &self,
        shards: &Shards,
        shard: usize,
        random: &mut Rng,
    ) -> Result<u16> {
        let node = shards.primary(shard);
        loop {
            let slot = random.u16(home(shard));
            let count = shards.must(node, &["CLUSTER", "COUNTKEYSINSLOT", &slot.to_string()])?;
            if count == Value::Integer(0) {
                return Ok(slot);
            }
        }
    }

    pub(super) fn begin(&self, may_be_cut: bool) {
        self.is_over.store(false, Ordering::Relaxed);
        self.may_be_cut.store(may_be_cut, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Whether servers end in this round, and the connections of clients with them.
    pub(super) fn may_be_cut(&self) -> bool {
        self.may_be_cut.load(Ordering::Relaxed)
    }

    /// How many events were seen so far, by the function for them.
    pub(super) fn seen(&self, shards: &Shards) -> Result<u64> {
        self.look(shards);
        let mut sum = 0;
        for shard in 0..SHARDS {
            let primary = self.primaries[shard].load(Ordering::Relaxed);
            let seen = shards.must(primary, &["GET", &format!("seen:{}", self.tag(shard))])?;
            sum += seen
                .as_text()
                .and_then(|seen| seen.parse::<u64>().ok())
                .unwrap_or(0);
        }
        Ok(sum)
    }
}

/// A tag whose slot a shard has.
fn tag(shards: &Shards, shard: usize) -> Result<String> {
    let mut client = shards.client(shard)?;
    for number in 0.. {
        let tag = format!("{{t{number}}}");
        // Another shard says where it is.
        if !matches!(client.text(&["GET", &tag])?, Value::Error(_)) {
            return Ok(tag);
        }
    }
    Err(Error::other("no shard without slots"))
}
