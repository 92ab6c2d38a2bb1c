//! Waiting for the server while Ctrl-C and deadlines are heard.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::interrupt;

const LOOK: Duration = Duration::from_millis(50);

/// Something that the server is asked on a thread of its own, so that Ctrl-C is heard meanwhile.
pub(super) struct Work<T> {
    answer: Receiver<T>,
}

/// What came of waiting.
pub(super) enum Waited<T> {
    Done(T),
    GaveUp(Why),
}

/// Why nobody waits any more.
#[derive(Clone, Copy)]
pub(super) enum Why {
    Interrupted,
    TooLong,
}

impl<T: Send + 'static> Work<T> {
    pub(super) fn begin(ask: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, answer) = mpsc::channel();
        thread::spawn(move || {
            // Nobody listens any more when it was given up.
            let _ = sender.send(ask());
        });
        Self { answer }
    }

    pub(super) fn wait(&self, deadline: Option<Instant>) -> Waited<T> {
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

    pub(super) fn wait_on(&self, time: Duration) -> Waited<T> {
        match self.answer.recv_timeout(time) {
            Ok(answer) => Waited::Done(answer),
            Err(_) => Waited::GaveUp(Why::TooLong),
        }
    }
}
