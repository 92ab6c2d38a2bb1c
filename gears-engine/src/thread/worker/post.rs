//! A worker as it is seen from outside: whether it is lost, and what goes on
//! without it then.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::ground::poison::unpoisoned;

/// What goes on without a worker.
type Legacy = Box<dyn FnOnce() + Send>;

thread_local! {
    static MINE: OnceCell<Arc<Post>> = const { OnceCell::new() };
}

/// Where a worker stands.
pub(crate) struct Post {
    /// The worker's number.
    pub(super) number: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether the worker's function has not come back in time.
    lost: bool,
    /// Whether another worker is in its place, once that is settled.
    replaced: Option<bool>,
    legacy: Option<Legacy>,
}

/// Makes this thread the worker of that number.
pub(super) fn take(number: usize) -> Arc<Post> {
    let post = || {
        Arc::new(Post {
            number,
            state: Mutex::default(),
        })
    };
    MINE.with(|mine| Arc::clone(mine.get_or_init(post)))
}

/// Returns where this thread stands, if it is a worker.
pub(crate) fn mine() -> Option<Arc<Post>> {
    MINE.with(|mine| mine.get().cloned())
}

/// Says whether this thread is a worker that is lost: what comes after the
/// function that it was lost in is done by others.
pub(crate) fn is_lost() -> bool {
    MINE.with(|mine| mine.get().is_some_and(|post| post.state().lost))
}

/// Has something done in case this worker is lost before the guard is dropped.
pub(crate) fn on_loss(legacy: impl FnOnce() + Send + 'static) -> OnLoss {
    let post = mine();
    if let Some(post) = &post {
        post.state().legacy = Some(Box::new(legacy));
    }
    OnLoss(post)
}

/// Takes back on its end what [`on_loss`] asked for.
pub(crate) struct OnLoss(Option<Arc<Post>>);

impl Drop for OnLoss {
    fn drop(&mut self) {
        let legacy = self.0.as_ref().and_then(|post| post.state().legacy.take());
        drop(legacy);
    }
}

impl Post {
    /// Notes that the worker is lost; brings what has to be done without it.
    pub(crate) fn lose(&self) -> Option<Legacy> {
        let mut state = self.state();
        state.lost = true;
        state.legacy.take()
    }

    /// Settles whether another worker is in the place of this one, unless it has
    /// come back already.
    pub(super) fn settle(&self, replace: impl FnOnce() -> bool) -> bool {
        // Held meanwhile, so that a worker that comes back waits for the answer.
        let mut state = self.state();
        if !state.lost {
            return true;
        }
        *state.replaced.get_or_insert_with(replace)
    }

    /// Notes that a worker does what is next; if it was lost and that was
    /// settled, says whether another one is in its place.
    pub(super) fn come_back(&self) -> Option<bool> {
        let mut state = self.state();
        state.lost = false;
        state.replaced.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }
}
