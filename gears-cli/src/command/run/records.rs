//! How many records an execution has read, shown while it runs.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use gears_runtime::{Gears, data::ExecutionId};

use crate::{
    load::{Asker, PATIENCE},
    output::Progress,
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
        let progress = Progress::records("running");
        if !progress.is_seen() {
            return Self {
                over: None,
                thread: None,
            };
        }
        let gears = gears.clone().with_response_timeout(PATIENCE);
        let id = id.to_string();
        let (over, heard) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut asker = Asker::default();
            while heard.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                // It is a look from aside: who waits for the results says what is wrong.
                if let Some((done, all)) = look(&gears, &mut asker, &id) {
                    progress.reach(done, all);
                }
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

/// Returns how many records were read, and how many there are where that is known.
fn look(gears: &Gears, asker: &mut Asker, id: &str) -> Option<(u64, Option<u64>)> {
    let mut found = None;
    for (shard, gears) in gears.shards().ok()? {
        let load = asker.ask(&shard, &gears).ok()?;
        let Some(run) = load.unfinished.as_ref().and_then(|runs| runs.get(id)) else {
            continue;
        };
        let keys = run.reads_all_keys.then_some(load.keys);
        let (done, all) = found.unwrap_or((0, Some(0)));
        found = Some((
            done + run.records,
            all.zip(keys).map(|(all, keys)| all + keys),
        ));
    }
    found
}
