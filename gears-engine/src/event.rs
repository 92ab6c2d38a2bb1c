//! From what happens to keys to executions.

use std::cell::Cell;
use std::sync::Arc;

use crate::api::{Context, KeyValue};
use crate::registration::{Kind, Mode, Registration};
use crate::{engine, execution};

thread_local! {
    /// Whether a function that an event caused runs on this thread: what it
    /// writes causes no further KeysReader executions (spec section 3.2).
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Says whether any registration listens to keys.
pub(crate) fn somebody_listens() -> bool {
    engine::try_get().is_some_and(|engine| engine.registry.has_listeners())
}

/// Starts the KeysReader registrations for an event.
pub(crate) fn happened(context: &Context, event: &str, key: &[u8]) {
    if INSIDE.get() || !happens_here(context) {
        return;
    }
    for registration in engine::get().registry.listeners() {
        if let Kind::Keys(events) = &registration.kind {
            let key_type = || KeyValue::type_of(context, key);
            if events.match_event(event, key, key_type) {
                start(context, registration, event, key);
            }
        }
    }
}

/// Starts the StreamReader registrations for an event of a stream.
pub(crate) fn happened_to_stream(context: &Context, event: &str, key: &[u8]) {
    if event != "xadd" || !happens_here(context) {
        return;
    }
    for registration in engine::get().registry.listeners() {
        if let Kind::Stream(stream) = &registration.kind
            && stream.options.prefix.matches(key)
        {
            execution::read_stream(context, &registration, key);
        }
    }
}

/// Says whether an event is news, and not what a master or a file tells.
fn happens_here(context: &Context) -> bool {
    !context.is_loading() && !context.is_replica()
}

fn start(context: &Context, registration: Arc<Registration>, event: &str, key: &[u8]) {
    let (event, key) = (event.to_owned(), key.to_vec());
    if registration.mode != Mode::Sync {
        execution::key_event_later(&registration, event, key);
        return;
    }
    let run = move |_: &Context| {
        let before = INSIDE.replace(true);
        execution::key_event_now(&registration, &event, &key);
        INSIDE.set(before);
    };
    // Changing keys from within an event is dangerous: the command that caused
    // it may still hold them. Where the server cannot wait for the command's
    // end, the function runs at once, as in RedisGears.
    if let Some(run) = context.after_command(run) {
        run(context);
    }
}
