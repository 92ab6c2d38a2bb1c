//! How many records an execution has read, on each shard, shown while it runs.

use std::{
    collections::BTreeMap,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use gears_runtime::{Gears, data::ExecutionId};

use crate::{
    load::{Asker, Load, PATIENCE},
    output::{Share, Shares},
};

/// How often it asks.
const LOOK: Duration = Duration::from_millis(200);

/// Shows it until it is dropped; nothing where nobody can see it.
pub(super) struct Follow {
    /// Dropped, it tells the thread to end.
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follow {
    /// Begins to ask.
    pub(super) fn begin(gears: &Gears, id: &ExecutionId) -> Self {
        let mut shares = Shares::new("running");
        if !shares.is_seen() {
            return Self {
                over: None,
                thread: None,
            };
        }
        let gears = gears.clone().with_response_timeout(PATIENCE);
        let id = id.to_string();
        let (over, heard) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            while heard.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                seen.look(&gears, &id);
                shares.reach(&seen.shares, seen.is_cluster);
            }
        });
        Self {
            over: Some(over),
            thread: Some(thread),
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take() {
            // What it shows is gone before anything else is printed.
            let _ = thread.join();
        }
    }
}

/// What was seen of an execution so far.
#[derive(Default)]
struct Seen {
    asker: Asker,
    /// By shard; what has ended on one stays as it was last.
    shares: BTreeMap<String, Share>,
    is_cluster: bool,
}

impl Seen {
    /// Looks at each shard. It is a look from aside: who waits for the results says what is wrong.
    fn look(&mut self, gears: &Gears, id: &str) {
        let Ok(shards) = gears.shards() else {
            return;
        };
        self.is_cluster = shards.len() > 1;
        let loads = shards.iter().filter_map(|(shard, gears)| {
            let load = self.asker.ask(shard, gears).ok()?;
            Some((shard.as_str(), load))
        });
        let loads: Vec<(&str, Load)> = loads.collect();
        add(&mut self.shares, &loads, id);
    }
}

/// Adds what shards say of an execution, which those list that take part in it.
fn add(shares: &mut BTreeMap<String, Share>, loads: &[(&str, Load)], id: &str) {
    let run = |load: &Load| load.unfinished.as_ref()?.get(id).cloned();
    // Whoever began it knows what all of them read.
    let reads_all_keys = loads
        .iter()
        .any(|(_, load)| run(load).is_some_and(|run| run.reads_all_keys));
    for (shard, load) in loads {
        let Some(run) = run(load) else {
            continue;
        };
        let share = shares.entry((*shard).to_owned()).or_default();
        share.done = run.records;
        share.of = share.of.max(reads_all_keys.then_some(load.keys));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(rows: &str, keys: u64) -> Load {
        Load::read(&format!(
            "# rg_unfinished\r\n{rows}\r\n# Keyspace\r\ndb0:keys={keys}\r\n"
        ))
    }

    #[test]
    fn each_shard_that_takes_part_has_a_share() {
        let mut shares = BTreeMap::new();
        let mut see = |first: &str, other: &str| {
            let loads = [("a", load(first, 20)), ("b", load(other, 10))];
            add(&mut shares, &loads, "a-7");
            let share = |shard| shares.get(shard).map(|share: &Share| (share.done, share.of));
            (share("a"), share("b"))
        };
        // Parts that run by ids of their own are of nobody known.
        let own = see("rg_a-7:records=1,reads=all keys", "rg_b-3:records=9");
        assert_eq!(own, (Some((1, Some(20))), None));
        let both = see("rg_a-7:records=5,reads=all keys", "rg_a-7:records=2");
        assert_eq!(both, (Some((5, Some(20))), Some((2, Some(10)))));
        // Where it has ended, it stays as it was; who is left need not know what is read.
        let one = see("", "rg_a-7:records=8");
        assert_eq!(one, (Some((5, Some(20))), Some((8, Some(10)))));
    }

    #[test]
    fn of_how_many_is_open_where_no_keys_are_read() {
        let mut shares = BTreeMap::new();
        add(&mut shares, &[("a", load("rg_a-7:records=5", 20))], "a-7");
        assert_eq!(shares["a"], Share { done: 5, of: None });
    }
}
