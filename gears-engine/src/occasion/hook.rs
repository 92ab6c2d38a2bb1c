//! Functions that stand in for commands (spec section 3.6).

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gears_model::{Id, Mode, State, Trouble};
use gears_server::{Answer, CallFailure, Context, Protocol, Recorded, Refusal, Reply, Words, held};
use pyo3::prelude::*;

use super::asker::{Asker, PutAside};
use super::trigger::run_record;
use super::{command_context, writers};
use crate::config::config;
use crate::execution::call::{Call, Here, Listing, Occasion};
use crate::execution::duty::Duty;
use crate::execution::run::Run;
use crate::execution::waiting::{Waiting, not_one_result};
use crate::execution::{executions, submit_call};
use crate::ground::calls;
use crate::ground::link::{Link, Outgoing, with_link};
use crate::lock::{self, Atomic, gil};
use crate::plan::Outcome;
use crate::python::{convert, failure};
use crate::registration::hooked_call::HookedCall;
use crate::registration::{Hooked, Registration, registry};
use crate::thread::turn::Mark;
use crate::watchdog::Slot;

/// Runs what is registered for a command, or the command itself.
///
/// # Errors
///
/// When the command may not run, or not now.
pub(crate) fn serve_hooked(context: &Context, words: &[&[u8]]) -> Result<(), Refusal> {
    if context.is_replicated() {
        context.run_replicated(words);
        return Ok(());
    }
    let caller = context.caller();
    context.check_permission(&caller, words)?;
    let table = registry().hooks();
    let hooked = table.find(words[0]);
    if hooked.is_none() {
        // It was hooked when a transaction was queued, or a client sent our
        // command itself, which then must not do more than hooks can.
        gears_model::check_hookable(context, words[0])?;
    }
    if writers::hold(context, words, || PutAside::new(context, words, &caller)) {
        return Ok(());
    }
    let chain = usable_chain(hooked, &words)?;
    let linked = hooked.is_some_and(|hooked| hooked.links(&words));
    let mut active = active_hooks()?;
    if chain.iter().any(|hook| active.contains(&hook.id)) {
        return Err(Refusal::new(format!(
            "the hook of '{}' runs already, in a hook use call_next to run its command",
            String::from_utf8_lossy(words[0])
        )));
    }
    active.extend(chain.iter().map(|hook| hook.id));
    let call = HookedCall {
        name: words[0].to_vec(),
        info: hooked.map(|hooked| hooked.info.clone()),
        database: context.selected_database(),
        caller,
        protocol: Protocol::OfClient,
        link: linked.then(|| Link::new(words, !context.denies_blocking())),
        active,
        chain,
    };
    run(context, call, words, Asker::Here(context));
    Ok(())
}

/// Runs what is registered now for a command whose client was put aside, or the
/// command itself; on the main thread.
pub(super) fn serve_put_aside(context: &Context, aside: PutAside) {
    let PutAside {
        words,
        database,
        caller,
        user,
        protocol,
        client,
    } = aside;
    let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
    let table = registry().hooks();
    let hooked = table.find(words[0]);
    let chain = match usable_chain(hooked, &words.as_slice()) {
        Ok(chain) => chain,
        Err(refusal) => return client.answer(Recorded::of_refusal(&refusal)),
    };
    let linked = hooked.is_some_and(|hooked| hooked.links(&words.as_slice()));
    let info = match hooked {
        Some(hooked) => Some(hooked.info.clone()),
        None => gears_server::command_info(&String::from_utf8_lossy(words[0]).to_ascii_lowercase())
            .cloned(),
    };
    let call = HookedCall {
        name: words[0].to_vec(),
        info,
        database,
        caller,
        protocol,
        link: linked.then(|| Link::new(&words, true)),
        active: chain.iter().map(|hook| hook.id).collect(),
        chain,
    };
    run(context, call, &words, Asker::Aside(client, user));
}

fn run(context: &Context, call: HookedCall, words: &[&[u8]], asker: Asker<'_>) {
    match call.chain.first().map(|hook| hook.mode) {
        None => {
            let link = call.link.as_ref();
            match with_link(link, || context.run_original(&call.original(words))) {
                Ok(reply) => asker.answer(link, Outgoing::Original(reply)),
                Err(refusal) => asker.refuse(&refusal),
            }
        }
        Some(Mode::Sync) => match gil::wait() {
            Ok(()) => {
                let (call, may_wait) = (Arc::new(call), asker.may_wait());
                let run = |py: Python<'_>| run_sync(py, &call, &words[1..], asker, may_wait);
                match may_wait {
                    true => gil::attach_now_for_turn(Mark::of_last(), run),
                    false => gil::attach_now(run),
                }
            }
            Err(refusal) => asker.refuse(&refusal),
        },
        Some(_) => run_later(call, &words[1..], asker),
    }
}

/// Returns the functions that stand in for a call; those whose packages are
/// missing are passed over when the server lets commands through meanwhile.
///
/// # Errors
///
/// When one cannot run: neither the function nor the command behind its back.
fn usable_chain(
    hooked: Option<&Hooked>,
    words: &impl Words,
) -> Result<Vec<Arc<Registration>>, Refusal> {
    let mut chain = hooked.map_or_else(Vec::new, |hooked| hooked.chain(words));
    if config().lets_commands_through() {
        chain.retain(|hook| !hook.trouble.as_ref().is_some_and(Trouble::is_missing));
    }
    for hook in &chain {
        hook.check_usable()?;
    }
    Ok(chain)
}

/// Runs the next hook, or the command itself when there is none (the builtin
/// `call_next`).
///
/// # Errors
///
/// The next one's error.
pub(crate) fn call_next(
    py: Python<'_>,
    call: &Arc<HookedCall>,
    at: usize,
    arguments: &[&[u8]],
) -> Result<Answer, CallFailure> {
    let next = at + 1;
    if next < call.chain.len() {
        // Only the first of the chain may be other than `sync`, which means
        // that it has the server to itself.
        let held = Atomic::begin(py);
        let reply = run_now(py, call, next, arguments);
        drop(held);
        return match reply.to_answer() {
            Answer::Error(error) => Err(CallFailure::of_text(
                String::from_utf8_lossy(&error).into_owned(),
            )),
            answer => Ok(answer),
        };
    }
    let mut words = vec![call.name.as_slice()];
    words.extend_from_slice(arguments);
    when_not_paused(py, |context| {
        calls::note_call();
        with_link(call.link.as_ref(), || {
            context.answer_of_original(&call.original(&words))
        })
    })
}

/// How often a worker looks whether paused writes go on.
const PAUSE_LOOK: Duration = Duration::from_millis(20);

/// Runs something that may write; a worker waits for the end of a pause, who
/// holds the lock cannot.
fn when_not_paused<T: Send>(
    py: Python<'_>,
    run: impl Fn(&Context) -> Result<T, CallFailure> + Send + Sync,
) -> Result<T, CallFailure> {
    loop {
        let done = lock::with_redis(py, &run);
        if lock::is_held() || !done.as_ref().is_err_and(CallFailure::is_paused) {
            return done;
        }
        py.detach(|| thread::sleep(PAUSE_LOOK));
        py.check_signals()
            .map_err(|error| CallFailure::of_text(failure::text(py, &error)))?;
    }
}

/// The hooks that run where this command comes from; only a function's own
/// command can come from one.
///
/// # Errors
///
/// When Python cannot be had.
fn active_hooks() -> Result<Vec<Id>, Refusal> {
    if held::is_nested() {
        gil::attach(command_context::active_hooks)
    } else {
        Ok(Vec::new())
    }
}

/// Runs the first function of the chain on this thread, which the server waits
/// for, until it ends or waits for a coroutine; then its client waits in its
/// place (spec section 5.3).
fn run_sync(
    py: Python<'_>,
    call: &Arc<HookedCall>,
    arguments: &[&[u8]],
    asker: Asker<'_>,
    may_wait: bool,
) {
    let registration = &call.chain[0];
    // Left behind the call.
    let _entered;
    let here = Here::begin(py, registration, Some(asker.runs_as()));
    _entered = command_context::enter_hook(py, call, 0);
    let mut run = run_hook(py, call, 0, arguments, may_wait, here.began());
    let link = call.link.clone();
    if run.drive(py) {
        here.end(registration, &mut run, |outcome| {
            let reply = reply_of(py, outcome);
            asker.answer(link.as_ref(), Outgoing::Recorded(reply));
        });
    } else {
        let waiting = Waiting::Hooked(asker.put_aside().0, link);
        let call = Call::new(registration, waiting, Client { queued: None });
        // The server is not kept any more: from here on it is as async_local.
        here.wait(py, run, call, registration.limit_on_worker());
    }
}

/// A command with its arguments.
type Queued = (Arc<HookedCall>, Arc<[Vec<u8>]>);

/// The client of a hooked command.
struct Client {
    /// The command, as long as no function of it has begun.
    queued: Option<Queued>,
}

impl Occasion for Client {
    type Told = Recorded;
    type Next = ();

    fn listing(&self) -> Listing {
        Listing::Nowhere
    }

    fn outlives(&self) -> bool {
        self.queued.is_none()
    }

    /// Runs the command as it is hooked now.
    fn give_up(self, py: Python<'_>, taken_out: &Arc<Registration>, duty: &Duty, slot: &Arc<Slot>) {
        let Some((call, arguments)) = self.queued.filter(|_| duty.begin(slot)) else {
            executions().forget(duty.id);
            return;
        };
        let arguments: Vec<_> = arguments.iter().map(Vec::as_slice).collect();
        let reply = run_without(py, HookedCall::clone(&call), taken_out, &arguments);
        if let Some(waiting) = duty.claim() {
            taken_out.note_aborted();
            executions().forget(duty.id);
            waiting.answer(reply);
        }
    }

    fn tells(&self, py: Python<'_>, outcome: &Outcome, _: State) -> Recorded {
        reply_of(py, outcome)
    }

    fn tell(self, _: Python<'_>, waiting: Waiting, reply: Recorded) {
        waiting.answer(reply);
    }

    fn go_on(_: Python<'_>, (): ()) {}
}

/// Runs one function of the chain on this thread.
fn run_now(py: Python<'_>, call: &Arc<HookedCall>, at: usize, arguments: &[&[u8]]) -> Recorded {
    let registration = &call.chain[at];
    // Left behind the call.
    let _entered;
    let here = Here::begin(py, registration, None);
    _entered = command_context::enter_hook(py, call, at);
    // It has the server to itself, so it cannot wait.
    let mut run = run_hook(py, call, at, arguments, false, here.began());
    run.drive(py);
    here.end(registration, &mut run, |outcome| reply_of(py, outcome))
}

/// Prepares one function of the chain, whose callbacks are to find their call.
fn run_hook(
    py: Python<'_>,
    call: &HookedCall,
    at: usize,
    arguments: &[&[u8]],
    may_wait: bool,
    started: Instant,
) -> Run {
    let words = std::iter::once(call.name.as_slice()).chain(arguments.iter().copied());
    let at = &call.chain[at];
    run_record(py, &at.function, &at.session, words, may_wait, started)
}

/// Has a worker run the first function of the chain, and the client wait.
fn run_later(call: HookedCall, arguments: &[&[u8]], asker: Asker<'_>) {
    if let Err(refusal) = asker.check_can_wait() {
        return asker.refuse(&refusal);
    }
    if call.chain[0].runs_everywhere() {
        return asker.refuse(&not_one_result());
    }
    let arguments: Vec<Vec<u8>> = arguments.iter().map(|word| word.to_vec()).collect();
    let (client, user) = asker.put_aside();
    let waiting = Waiting::Hooked(client, call.link.clone());
    let registration = Arc::clone(&call.chain[0]);
    let lane = registration.lane_in_order();
    let (hooked, arguments) = (Arc::new(call), Arc::<[Vec<u8>]>::from(arguments));
    let queued = Some((Arc::clone(&hooked), Arc::clone(&arguments)));
    let call = Call::new(&registration, waiting, Client { queued });
    let id = call.execution().id;
    let job = Box::new(move |py: Python<'_>| {
        let mut context = None;
        call.run(py, user, registration.limit_on_worker(), |_, began| {
            let arguments: Vec<_> = arguments.iter().map(Vec::as_slice).collect();
            context = command_context::enter_hook(py, &hooked, 0);
            run_hook(py, &hooked, 0, &arguments, true, began)
        });
        drop(context);
    });
    submit_call(lane, job, id);
}

/// Runs the command as it is hooked now, on a worker: the function that was to
/// run was taken out or replaced while the command waited, which is no reason
/// for its client to get an error.
fn run_without(
    py: Python<'_>,
    mut call: HookedCall,
    taken_out: &Registration,
    arguments: &[&[u8]],
) -> Recorded {
    let name = call.name.clone();
    let mut words = vec![name.as_slice()];
    words.extend_from_slice(arguments);
    let table = registry().hooks();
    call.chain = match usable_chain(table.find(&name), &words.as_slice()) {
        Ok(chain) => chain,
        Err(refusal) => return Recorded::of_refusal(&refusal),
    };
    call.chain.retain(|hook| hook.id != taken_out.id);
    call.active.extend(call.chain.iter().map(|hook| hook.id));
    let call = Arc::new(call);
    match call.chain.first().map(|hook| hook.mode) {
        Some(Mode::Sync) => {
            let held = Atomic::begin(py);
            let reply = run_now(py, &call, 0, arguments);
            drop(held);
            reply
        }
        Some(_) => run_now(py, &call, 0, arguments),
        None => {
            let ran = when_not_paused(py, |context| {
                let reply = with_link(call.link.as_ref(), || {
                    context.run_original(&call.original(&words))
                });
                reply.map(|reply| reply.record()).map_err(CallFailure::from)
            });
            ran.unwrap_or_else(|failure| Recorded::of_refusal(&failure.into()))
        }
    }
}

/// The one record is the whole answer, and the first error goes before it.
fn reply_of(py: Python<'_>, outcome: &Outcome) -> Recorded {
    let mut reply = Recorded::new();
    match (outcome.errors.first(), outcome.results.as_slice()) {
        (Some(error), _) => reply.error(error),
        (None, [result]) => convert::reply(&mut reply, result.bind(py)),
        (None, _) => reply.refuse(&not_one_result()),
    }
    reply
}
