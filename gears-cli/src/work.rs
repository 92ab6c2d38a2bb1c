//! Waiting for the server in a way that Ctrl-C can end.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::interrupt;

const LOOK: Duration = Duration::from_millis(50);

/// Something that the server is asked on a thread of its own, so that Ctrl-C is heard meanwhile.
pub(crate) struct Work<T> {
    answer: Receiver<T>,
}

/// What waiting came to.
pub(crate) enum Waited<T> {
    /// The answer.
    Done(T),
    /// There is no answer yet.
    GaveUp(Why),
}

/// Why there was no more waiting.
#[derive(Clone, Copy)]
pub(crate) enum Why {
    Interrupted,
    TooLong,
}

impl<T: Send + 'static> Work<T> {
    /// Asks.
    pub(crate) fn begin(ask: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, answer) = mpsc::channel();
        thread::spawn(move || {
            // Nobody listens any more when it was given up.
            let _ = sender.send(ask());
        });
        Self { answer }
    }

    /// Waits for the answer, for Ctrl-C, or until it takes too long.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> Waited<T> {
        loop {
            match self.answer.recv_timeout(LOOK) {
                Ok(answer) => return Waited::Done(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the asking thread panicked"),
            }
            if interrupt::happened() {
                return Waited::GaveUp(Why::Interrupted);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Waited::GaveUp(Why::TooLong);
            }
        }
    }

    /// Waits a little longer, whatever happens.
    pub(crate) fn wait_on(&self, time: Duration) -> Waited<T> {
        match self.answer.recv_timeout(time) {
            Ok(answer) => Waited::Done(answer),
            Err(_) => Waited::GaveUp(Why::TooLong),
        }
    }
}
