//! Who waits for the end of an execution.

use std::sync::Arc;
use std::time::Duration;

use gears_server::{BlockedClient, LogLevel, Recorded, Refusal, Reply, log};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::ground::link::{Link, Linked};
use crate::python::run_future::finish_future;
use crate::thread::worker::workers;

/// What clients are told whose hook gave no record or several.
pub(crate) fn not_one_result() -> Refusal {
    Refusal::whole("Command hook must return exactly one result")
}

/// Who waits for the end of an execution, and is told of it once: by the thread
/// that runs the code or, when that does not come back, in its place. What is told
/// then needs no Python, as nobody may be able to run any.
pub(crate) enum Waiting {
    /// The client that called a trigger.
    Caller(BlockedClient),
    /// The client whose command the function stands in for.
    Hooked(BlockedClient, Option<Arc<Link>>),
    /// A client that sent a script to be run, and who awaits its future.
    Run {
        client: Option<BlockedClient>,
        future: Py<PyAny>,
        /// Whether what came out may be looked up.
        listed: bool,
    },
    /// The client of the command that caused an event.
    Event(Option<Linked>),
    /// What is read of a stream next.
    Turn(Box<dyn FnOnce() + Send>),
    /// What the execution is a part of.
    Part(Taker),
}

/// What is said of a part of an execution at its end. Its records went on before.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) errors: Vec<String>,
    /// How many errors there were beside these.
    pub(crate) left_out: usize,
    /// Whether the first of them is that its time was up.
    pub(crate) is_overdue: bool,
    /// How long each step took, where that was measured, and reading.
    pub(crate) steps: Vec<Duration>,
    pub(crate) read: Duration,
}

impl Part {
    /// Says that it ended with this error.
    pub(crate) fn failed(error: impl Into<String>) -> Self {
        Self {
            errors: vec![error.into()],
            ..Self::default()
        }
    }
}

/// Who gets a part, exactly once: when the execution is given up without one, an error in its
/// place.
pub(crate) struct Taker(Option<Box<dyn FnOnce(Part) + Send>>);

impl Taker {
    /// Has `take` get the part.
    pub(crate) fn new(take: impl FnOnce(Part) + Send + 'static) -> Self {
        Self(Some(Box::new(take)))
    }

    /// Hands it on.
    pub(crate) fn take(mut self, part: Part) {
        if let Some(take) = self.0.take() {
            take(part);
        }
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        if let Some(take) = self.0.take() {
            let error = "the execution ended without an answer, look at the server's log";
            take(Part::failed(error));
        }
    }
}

impl Waiting {
    /// Begins the time that a client's command takes.
    pub(crate) fn begin_measuring(&mut self) {
        if let Self::Caller(client)
        | Self::Hooked(client, _)
        | Self::Run {
            client: Some(client),
            ..
        } = self
        {
            client.begin_measuring();
        }
    }

    /// Hands the answer to the client, if one waits.
    pub(crate) fn answer(self, reply: Recorded) {
        match self {
            Self::Caller(client)
            | Self::Run {
                client: Some(client),
                ..
            } => client.answer(reply),
            Self::Hooked(client, link) => answer_blocked(client, link.as_ref(), reply),
            Self::Run { .. } | Self::Event(_) | Self::Turn(_) | Self::Part(_) => {}
        }
    }

    /// Says whether a client waits for this execution alone.
    pub(crate) fn is_client(&self) -> bool {
        matches!(
            self,
            Self::Caller(_)
                | Self::Hooked(..)
                | Self::Part(_)
                | Self::Run {
                    client: Some(_),
                    ..
                }
        )
    }

    /// Says whether the execution can be looked up when it has ended.
    pub(crate) fn is_listed(&self) -> bool {
        match self {
            Self::Event(_) | Self::Turn(_) => true,
            Self::Caller(_) | Self::Hooked(..) | Self::Part(_) => false,
            Self::Run { listed, .. } => *listed,
        }
    }

    /// Tells of an end without results: with an error, or because the execution
    /// was aborted before it began.
    pub(crate) fn end(self, error: Option<&Refusal>) {
        match self {
            Self::Event(linked) => drop(linked),
            Self::Caller(client) => {
                client.answer(error.map_or_else(empty, Recorded::of_refusal));
            }
            waiting @ Self::Hooked(..) => {
                waiting.answer(Recorded::of_refusal(error.unwrap_or(&not_one_result())));
            }
            Self::Run { client, future, .. } => {
                if let Some(client) = client {
                    client.answer(only_error(error));
                }
                let errors: Vec<_> = error.map(Refusal::to_string).into_iter().collect();
                workers().submit_always(Box::new(move |py| {
                    tell(py, future, Vec::new(), errors);
                }));
            }
            Self::Turn(next) => next(),
            Self::Part(taker) => taker.take(Part {
                errors: error.map(Refusal::to_string).into_iter().collect(),
                ..Part::default()
            }),
        }
    }
}

/// The results of an execution that has none.
pub(crate) fn only_error(error: Option<&Refusal>) -> Recorded {
    let mut reply = Recorded::new();
    reply.array(2);
    reply.array(0);
    reply.array(error.iter().len());
    if let Some(error) = error {
        reply.bulk(error.to_string().as_bytes());
    }
    reply
}

/// The answer of an execution that was aborted.
pub(crate) fn empty() -> Recorded {
    let mut reply = Recorded::new();
    reply.array(0);
    reply
}

/// Answers a client that was put aside.
pub(crate) fn answer_blocked(client: BlockedClient, link: Option<&Arc<Link>>, reply: Recorded) {
    match link {
        Some(link) => link.answer_blocked(client, reply),
        None => client.answer(reply),
    }
}

/// Hands `[results, errors]` to who awaits the run.
pub(crate) fn tell(
    py: Python<'_>,
    future: Py<PyAny>,
    results: Vec<Py<PyAny>>,
    errors: Vec<String>,
) {
    // SAFETY: the pointer is a live object, and this thread is attached.
    let references = unsafe { pyo3::ffi::Py_REFCNT(future.as_ptr()) };
    // Ours is the last one, so nobody does.
    if references == 1 {
        return;
    }
    let told = PyList::new(py, results)
        .and_then(|results| PyList::new(py, [results, PyList::new(py, errors)?]))
        .and_then(|both| finish_future(py, &future, both));
    if let Err(error) = told {
        log(
            LogLevel::Warning,
            &format!("the results of a run cannot be told: {error}"),
        );
    }
}
