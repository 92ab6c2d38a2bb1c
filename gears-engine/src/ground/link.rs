//! Clients that wait for what their command causes.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard};

use gears_server::{BlockedClient, Context, OriginalReply, Recorded};

use super::poison::unpoisoned;

thread_local! {
    /// The command that runs on this thread and whose events are waited for.
    static CURRENT: RefCell<Option<Arc<Link>>> = const { RefCell::new(None) };
}

/// Returns the command that causes what happens on this thread, when events of
/// it are waited for.
pub(crate) fn current() -> Option<Arc<Link>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs a command so that its events are linked to its client, then the `sync`
/// functions that the events caused.
///
/// Those run here and not within the events: the command has let go of its
/// keys, and its client is not answered yet.
pub(crate) fn with_link<T>(link: Option<&Arc<Link>>, command: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(link.cloned());
    let done = command();
    CURRENT.replace(before);
    if let Some(link) = link {
        // Taken first: the functions use the link themselves.
        let queued = std::mem::take(&mut link.state().after);
        for after in queued {
            after(link);
        }
    }
    done
}

/// One command whose events are waited for.
pub(crate) struct Link {
    /// The command as it was typed.
    words: Vec<Vec<u8>>,
    /// Whether its client can wait; else only `sync` functions are linked.
    can_wait: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// `sync` functions that run when the command has ended.
    after: Vec<After>,
    /// How many executions have not ended.
    pending: usize,
    /// What a function answers in the command's place.
    override_reply: Option<Recorded>,
    /// The client and its answer when it waits for executions.
    waiting: Option<(BlockedClient, Recorded)>,
}

/// A function that runs when the command has ended.
type After = Box<dyn FnOnce(&Arc<Link>) + Send>;

impl Link {
    /// Begins to link what a command causes.
    pub(crate) fn new(words: &[&[u8]], can_wait: bool) -> Arc<Self> {
        Arc::new(Self {
            words: words.iter().map(|word| word.to_vec()).collect(),
            can_wait,
            state: Mutex::default(),
        })
    }

    /// Says whether the command has the name, given in lower case.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        let own = self.words.first();
        own.is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Returns the command as it was typed.
    pub(crate) fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// Queues a `sync` function for the command's end.
    pub(crate) fn run_after(&self, run: impl FnOnce(&Arc<Self>) + Send + 'static) {
        self.state().after.push(Box::new(run));
    }

    /// Has the client wait for an execution, if it can.
    pub(crate) fn wait_for(self: &Arc<Self>) -> Option<Linked> {
        if !self.can_wait {
            return None;
        }
        self.state().pending += 1;
        Some(Linked(Arc::clone(self)))
    }

    /// Answers the client with something else than the command's reply; says
    /// no if that was done before.
    pub(crate) fn override_reply(&self, reply: Recorded) -> bool {
        let mut state = self.state();
        if state.override_reply.is_some() {
            return false;
        }
        state.override_reply = Some(reply);
        true
    }

    /// Answers the client of the running command, now or when the executions
    /// have ended.
    pub(crate) fn answer(&self, context: &Context, reply: Outgoing) {
        let mut state = self.state();
        if state.pending > 0 {
            state.waiting = Some((context.block_client(), reply.record()));
            return;
        }
        let overriding = state.override_reply.clone();
        drop(state);
        match overriding {
            Some(reply) => reply.send(context),
            None => reply.send(context),
        }
    }

    /// Answers a client that waits already.
    pub(crate) fn answer_blocked(&self, client: BlockedClient, reply: Recorded) {
        let mut state = self.state();
        state.waiting = Some((client, reply));
        state.answer_if_over();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}

impl State {
    fn answer_if_over(&mut self) {
        if self.pending == 0
            && let Some((client, reply)) = self.waiting.take()
        {
            client.answer(self.override_reply.clone().unwrap_or(reply));
        }
    }
}

/// An execution that a client waits for, until dropped.
pub(crate) struct Linked(Arc<Link>);

impl Linked {
    /// Returns the command that the client sent.
    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.0
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.pending -= 1;
        state.answer_if_over();
    }
}

/// A reply to be sent now or later.
pub(crate) enum Outgoing {
    Recorded(Recorded),
    Original(OriginalReply),
}

impl Outgoing {
    /// Sends the reply to the client of the running command.
    pub(crate) fn send(&self, to: &Context) {
        match self {
            Self::Recorded(reply) => reply.send(to),
            Self::Original(reply) => reply.forward(to),
        }
    }

    pub(crate) fn record(self) -> Recorded {
        match self {
            Self::Recorded(reply) => reply,
            Self::Original(reply) => reply.record(),
        }
    }
}
