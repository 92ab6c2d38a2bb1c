//! The turn that watchers take, so that two of them never do the same thing twice.

use std::{
    process,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use gears_runtime::Gears;

use super::{index::Index, trouble::Trouble};
use crate::interrupt;

/// How long a turn lasts when nobody renews it: so long others wait for one that crashed.
const LASTS: Duration = Duration::from_secs(6);
const RENEWED: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);
/// After this it is worth a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// A turn; it ends when this is dropped.
pub(super) struct Lease {
    stop: Option<Sender<()>>,
    renewing: Option<JoinHandle<()>>,
}

impl Lease {
    /// Waits for the turn of this watcher; `say` is called once when another one has it for long.
    ///
    /// # Errors
    ///
    /// The server went, does not let us write, or somebody interrupted.
    pub(super) fn wait(
        gears: &Gears,
        prefix: &str,
        index: &mut Index,
        say: impl FnOnce(),
    ) -> Result<Self, Trouble> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let token = format!(
            "{}-{:x}",
            process::id(),
            since.unwrap_or_default().as_nanos()
        );
        let key = index.key("lease");
        let mut set = redis::cmd("SET");
        set.arg(&key)
            .arg(&token)
            .arg("NX")
            .arg("PX")
            .arg(millis(LASTS));
        let begun = Instant::now();
        let mut say = Some(say);
        while index.ask::<Option<String>>(&set)?.is_none() {
            if interrupt::happened() {
                return Err(Trouble::Interrupted);
            }
            if begun.elapsed() > PATIENCE
                && let Some(say) = say.take()
            {
                say();
            }
            thread::sleep(LOOK);
        }
        let mut own = Index::open(gears, prefix)?;
        let (stop, stopped) = mpsc::channel::<()>();
        let renewing = thread::spawn(move || {
            let is_ours = |index: &mut Index| {
                let holder = index.ask::<Option<String>>(redis::cmd("GET").arg(&key));
                holder.is_ok_and(|holder| holder.as_ref() == Some(&token))
            };
            while stopped.recv_timeout(RENEWED) == Err(RecvTimeoutError::Timeout) {
                if is_ours(&mut own) {
                    let mut renew = redis::cmd("PEXPIRE");
                    // It ends by itself when the server is gone.
                    let _ = own.ask::<i64>(renew.arg(&key).arg(millis(LASTS)));
                }
            }
            if is_ours(&mut own) {
                let _ = own.ask::<i64>(redis::cmd("DEL").arg(&key));
            }
        });
        Ok(Self {
            stop: Some(stop),
            renewing: Some(renewing),
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(renewing) = self.renewing.take() {
            // It does not panic, and we do not either.
            let _ = renewing.join();
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
