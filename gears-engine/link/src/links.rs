//! All links of a shard, and the thread on which they are.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gears_model::ShardId;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::link::Link;
use crate::{Access, LinkState, Me, Peer, session};

/// The name of the thread.
const THREAD: &str = "gears-links";

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

    /// Sets whom to have links to. New ones connect at once, gone ones end with what waits for
    /// them, and those with another address connect there. This shard itself is passed over.
    pub fn follow(&self, peers: Vec<Peer>, access: Access) {
        let mut table = self.lock();
        let known = table.access.take();
        let has_changed = known.as_deref() != Some(&access);
        let access = match known {
            Some(known) if !has_changed => known,
            _ => Arc::new(access),
        };
        table.access = Some(Arc::clone(&access));
        let mut before = std::mem::take(&mut table.links);
        for peer in peers {
            if peer.id == self.me.id {
                continue;
            }
            let id = peer.id;
            let known = before.remove(&id).or_else(|| table.links.remove(&id));
            let entry = match known {
                None => self.connect(Arc::new(Link::new(
                    peer,
                    Arc::clone(&access),
                    self.queue_bytes,
                ))),
                Some(entry) if entry.link.lead(&peer, &access) => {
                    entry.task.abort();
                    self.connect(entry.link)
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

    fn connect(&self, link: Arc<Link>) -> Entry {
        let me = Arc::clone(&self.me);
        let task = session::keep(Arc::clone(&link), me, self.timeout);
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
