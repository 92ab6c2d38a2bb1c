//! What happens to shards while they work.

use std::io::Result;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::client::{Client, Value};

use super::scene::Scene;
use super::shards::{SHARDS, Shards, wait_for};

/// How often slots are moved away and back.
const MOVES: usize = 4;

/// What happens to shards while they work.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// `kill -9`, and a new life after so many milliseconds.
    Kill(usize, u64),
    /// A server stands still for so many milliseconds.
    Hang(usize, u64),
    /// A replica takes the place of its primary, which is there.
    FailOver(usize),
    /// Empty slots go to another shard and come back.
    Slots(usize, usize),
    /// The links to a shard are closed.
    Links(usize),
}

impl Trouble {
    pub(super) fn any(random: &mut Rng) -> Self {
        let shard = random.usize(..SHARDS);
        match random.u8(..6) {
            0 | 1 => Self::Kill(shard, random.u64(..4_000)),
            2 => Self::Hang(shard, random.u64(100..6_000)),
            3 => Self::FailOver(shard),
            4 => Self::Slots(shard, (shard + random.usize(1..SHARDS)) % SHARDS),
            _ => Self::Links(shard),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Kill(..) => "kills",
            Self::Hang(..) => "servers stopped",
            Self::FailOver(_) => "failovers",
            Self::Slots(..) => "slots moved to and fro",
            Self::Links(_) => "shards with links killed",
        }
    }

    /// Whether connections of clients break.
    pub(super) fn cuts_clients(&self) -> bool {
        // The server lets go of who waits when it becomes a replica. That also happens to who hangs.
        matches!(self, Self::Kill(..) | Self::FailOver(_) | Self::Hang(..))
    }

    /// Makes it, and says what a server did wrong that is not the trouble itself.
    pub(super) fn make(
        self,
        shards: &mut Shards,
        scene: &Scene,
        random: &mut Rng,
    ) -> Result<Option<String>> {
        match self {
            Self::Kill(shard, away) => {
                let node = shards.primary(shard);
                if let Some(fault) = shards.kill(node) {
                    return Ok(Some(fault));
                }
                thread::sleep(Duration::from_millis(away));
                shards.revive(node)?;
            }
            Self::Hang(shard, time) => {
                let node = shards.primary(shard);
                shards.server(node).stop();
                thread::sleep(Duration::from_millis(time));
                shards.server(node).go_on();
            }
            Self::FailOver(shard) => fail_over(shards, shard)?,
            Self::Slots(from, to) => {
                wait_for(|| Ok(shards.all_are_fine()))?;
                for _ in 0..MOVES {
                    let slot = scene.empty_slot(shards, from, random)?;
                    shift(shards, slot, from, to)?;
                    shift(shards, slot, to, from)?;
                }
            }
            Self::Links(shard) => {
                let mut client = shards.client(shards.primary(shard))?;
                for _ in 0..random.usize(1..5) {
                    kill_links(&mut client)?;
                    thread::sleep(Duration::from_millis(random.u64(..500)));
                }
            }
        }
        Ok(None)
    }
}

/// Has a replica take over, when it can.
fn fail_over(shards: &Shards, shard: usize) -> Result<()> {
    wait_for(|| Ok(shards.all_are_fine()))?;
    let primary = shards.primary(shard);
    let replica = (primary + SHARDS) % (2 * SHARDS);
    shards.text(replica, &["CLUSTER", "FAILOVER"])?;
    // The primary may be too busy to answer it in time: then the replica gives up.
    for _ in 0..500 {
        if shards.is_primary(replica) && !shards.is_primary(primary) {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Moves an empty slot; only the two shards are told.
fn shift(shards: &Shards, slot: u16, from: usize, to: usize) -> Result<()> {
    let (from, to) = (shards.primary(from), shards.primary(to));
    let slot = slot.to_string();
    let set = |node: usize, words: &[&str]| {
        let words = [&["CLUSTER", "SETSLOT", &slot], words].concat();
        shards.must(node, &words).map(drop)
    };
    set(to, &["IMPORTING", shards.id(from)])?;
    set(from, &["MIGRATING", shards.id(to)])?;
    set(to, &["NODE", shards.id(to)])?;
    set(from, &["NODE", shards.id(to)])?;
    // The slot's next owner takes an epoch above this one, which it has to know for that: else a
    // word of the last owner that is on its way takes the slot back.
    wait_for(|| {
        let both = [from, to].into_iter();
        let mut both = both.map(|of| Ok((shards.epoch(from, of)?, shards.epoch(to, of)?)));
        both.try_fold(true, |all, seen: Result<_>| {
            let (here, there) = seen?;
            Ok(all && here.is_some() && here == there)
        })
    })
}

/// Ends the connections by which other shards send to this one.
fn kill_links(client: &mut Client) -> Result<()> {
    let list = client
        .must(&["CLIENT", "LIST"])?
        .as_text()
        .unwrap_or_default();
    for line in list
        .lines()
        .filter(|line| line.contains(" cmd=rg.innermsgcommand"))
    {
        let id = line.split(' ').find_map(|word| word.strip_prefix("id="));
        if let Some(id) = id {
            let _: Value = client.text(&["CLIENT", "KILL", "ID", id])?;
        }
    }
    Ok(())
}
