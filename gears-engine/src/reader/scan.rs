//! Walking over keys on a thread of its own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use gears_server::{Bring, KeyBatch, Scanner};
use pyo3::prelude::*;

use crate::lock;

/// A scan that goes on while Python deals with what it has brought.
///
/// The first step runs where it is; when there is more, a thread of its own
/// does the others, so that reading keys and running Python overlap.
pub(super) struct KeyScan {
    first: Option<Box<Scanner>>,
    ahead: Option<(Receiver<KeyBatch>, JoinHandle<()>)>,
}

/// How many batches may be ready before Python asks for them.
const AHEAD: usize = 2;

impl KeyScan {
    pub(super) fn begin(scanner: Scanner) -> Self {
        Self {
            first: Some(Box::new(scanner)),
            ahead: None,
        }
    }

    /// Brings the next batch; `what` says what to bring of those behind the first, if there are
    /// any.
    pub(super) fn next(
        &mut self,
        py: Python<'_>,
        what: impl FnOnce() -> Bring,
    ) -> std::io::Result<Option<KeyBatch>> {
        if let Some(mut scanner) = self.first.take() {
            let batch = lock::with_redis(py, |context| scanner.step(context));
            if !scanner.is_done() {
                scanner.bring(what());
                self.go_ahead(scanner)?;
            }
            return Ok(batch);
        }
        let Some((ready, thread)) = self.ahead.take() else {
            return Ok(None);
        };
        let (batch, ready) = py.detach(move || (ready.recv().ok(), ready));
        self.ahead = Some((ready, thread));
        Ok(batch)
    }

    fn go_ahead(&mut self, mut scanner: Box<Scanner>) -> std::io::Result<()> {
        let (send, ready) = sync_channel(AHEAD);
        let thread = thread::Builder::new()
            .name("gears-scan".to_owned())
            .spawn(move || {
                while let Some(batch) = lock::without_python(|context| scanner.step(context)) {
                    if send.send(batch).is_err() {
                        // Nobody wants more.
                        return;
                    }
                }
            })?;
        self.ahead = Some((ready, thread));
        Ok(())
    }
}

impl Drop for KeyScan {
    /// Waits for the thread without the GIL: it may be waiting for the Redis
    /// lock, whose holder may be waiting for the GIL.
    fn drop(&mut self) {
        if let Some((ready, thread)) = self.ahead.take() {
            Python::attach(|py| {
                py.detach(move || {
                    drop(ready);
                    let _ = thread.join();
                });
            });
        }
    }
}
