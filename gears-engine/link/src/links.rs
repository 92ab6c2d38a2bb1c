//! All links of a shard, and the thread on which they are.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gears_greeting::Me;
use gears_model::ShardId;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::link::Link;
use crate::{Access, LinkState, Peer, session};

/// The name of the thread.
const THREAD: &str = "gears-links";

/// For each hundred peers, first greetings are spread over so long.
const SPREAD: Duration = Duration::from_secs(1);
/// However many peers there are, first greetings are spread over no longer than this.
const LONGEST_SPREAD: Duration = Duration::from_secs(5);

/// A link to each peer. They end when this is dropped.
#[derive(Debug)]
pub struct Links {
    me: Arc<Me>,
    queue_bytes: usize,
    timeout: Duration,
    table: Mutex<Table>,
    runtime: Handle,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Table {
    access: Option<Arc<Access>>,
    links: BTreeMap<ShardId, Entry>,
}

#[derive(Debug)]
struct Entry {
    link: Arc<Link>,
    task: AbortHandle,
}

impl Links {
    /// Starts the thread. Each link queues so many bytes, and has so long to connect.
    ///
    /// # Errors
    ///
    /// When the system has no thread or no files for it.
    pub fn start(me: Me, queue_bytes: usize, timeout: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name(THREAD)
            .build()?;
        let stop = Arc::new(Notify::new());
        let handle = runtime.handle().clone();
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || {
                runtime.block_on(stopped.notified());
                // An address may still be looked up; nobody waits for it.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            me: Arc::new(me),
            queue_bytes,
            timeout,
            table: Mutex::default(),
            runtime: handle,
            stop,
            thread: Some(thread),
        })
    }

    /// Sets whom to have links to. New ones connect at once, in large clusters within some
    /// seconds; gone ones end with what waits for them, and those with another address connect
    /// there. This shard itself is passed over.
    pub fn follow(&self, peers: Vec<Peer>, access: Access) {
        let mut table = self.lock();
        let known = table.access.take();
        let has_changed = known.as_deref() != Some(&access);
        let access = match known {
            Some(known) if !has_changed => known,
            _ => Arc::new(access),
        };
        table.access = Some(Arc::clone(&access));
        let spread = spread(peers.len());
        let mut before = std::mem::take(&mut table.links);
        for peer in peers {
            if peer.id == self.me.id {
                continue;
            }
            let id = peer.id;
            let known = before.remove(&id).or_else(|| table.links.remove(&id));
            let entry = match known {
                None => {
                    let link = Link::new(peer, Arc::clone(&access), self.queue_bytes);
                    self.connect(Arc::new(link), spread.mul_f64(fastrand::f64()))
                }
                Some(entry) if entry.link.lead(&peer, &access) => {
                    entry.task.abort();
                    self.connect(entry.link, Duration::ZERO)
                }
                Some(entry) => {
                    if has_changed {
                        entry.link.hurry();
                    }
                    entry
                }
            };
            table.links.insert(id, entry);
        }
        for gone in before.into_values() {
            gone.task.abort();
        }
    }

    /// Queues a frame, and never blocks.
    ///
    /// # Errors
    ///
    /// When there is no such peer, or as much as it may waits for it.
    pub fn send(&self, peer: ShardId, frame: Vec<u8>) -> Result<(), String> {
        let table = self.lock();
        let link = table.links.get(&peer).map(|entry| Arc::clone(&entry.link));
        drop(table);
        let link = link.ok_or_else(|| {
            format!(
                "shard {peer} is no primary of this cluster (any more): RG.INFOCLUSTER tells \
                 which there are, and RG.REFRESHCLUSTER looks again"
            )
        })?;
        link.push(frame)
    }

    /// Returns how many bytes wait for a peer, if there is a link to it.
    #[must_use]
    pub fn waiting_bytes(&self, peer: ShardId) -> Option<usize> {
        let table = self.lock();
        Some(table.links.get(&peer)?.link.waiting_bytes())
    }

    /// Returns how often what waited for a peer was dropped, and how many frames were taken in for
    /// it: as [`LinkState`] has both.
    #[must_use]
    pub fn position(&self, peer: ShardId) -> Option<(u64, u64)> {
        let table = self.lock();
        Some(table.links.get(&peer)?.link.position())
    }

    /// Tries at once to connect to a peer to which there is no connection: it is there again.
    pub fn hurry(&self, peer: ShardId) {
        if let Some(entry) = self.lock().links.get(&peer) {
            entry.link.hurry();
        }
    }

    /// Tries at once whether peers that refused this node do so still: what that was due to may
    /// have been changed there.
    pub fn retry_refused(&self) {
        for entry in self.lock().links.values() {
            entry.link.retry();
        }
    }

    /// Returns how all of them stand, in the order of their ids.
    #[must_use]
    pub fn states(&self) -> Vec<LinkState> {
        let table = self.lock();
        let links = table.links.values();
        links.map(|entry| entry.link.state()).collect()
    }

    /// Begins a link, after a pause.
    fn connect(&self, link: Arc<Link>, pause: Duration) -> Entry {
        let (own, me, timeout) = (Arc::clone(&link), Arc::clone(&self.me), self.timeout);
        let task = async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            session::keep(own, me, timeout).await;
        };
        let task = self.runtime.spawn(task).abort_handle();
        Entry { link, task }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // It cannot panic: what its tasks do is caught with them.
            let _ = thread.join();
        }
    }
}

/// Returns over how long the first greetings of so many peers are spread: when a large cluster
/// starts, or a shard joins one, all would come to one main thread at the same moment.
fn spread(peers: usize) -> Duration {
    let hundreds = u32::try_from(peers / 100).unwrap_or(u32::MAX);
    SPREAD.saturating_mul(hundreds).min(LONGEST_SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_greetings_are_spread_in_large_clusters_alone() {
        let seconds =
            [0, 2, 99, 100, 250, 499, 500, 1_000, usize::MAX].map(|peers| spread(peers).as_secs());
        assert_eq!(seconds, [0, 0, 0, 1, 2, 4, 5, 5, 5]);
        assert_eq!(spread(2), Duration::ZERO);
    }
}
