//! Orders that all shards follow: to take registrations out, to pause, to go on, to count anew.

use std::sync::Arc;

use gears_model::message::{Answered, Ask};
use gears_model::{Id, Kind, Status};
use gears_server::{Context, Recorded, Refusal, Reply, text};

use super::{changes, exchange, install};
use crate::cluster;
use crate::occasion::stream::read_existing_streams;
use crate::registration::{Registration, registry};

/// Tells all other shards that registrations of a session were taken out here, and answers when
/// they have followed. One that is away follows when it is back, which is as good.
pub(crate) fn taken_out(context: &Context, session: &str, aborted: Option<Id>) {
    follow(context, without(context, session, aborted), |_| Vec::new());
}

/// Tells all other shards that registrations of a session were taken out here, for which nobody
/// waits.
pub(super) fn tell_taken_out(context: &Context, session: &str) {
    let peers = cluster::others(context);
    let order = without(context, session, None);
    exchange::ask(context, exchange::next(), &peers, order, |_, _| {});
}

fn without(context: &Context, session: &str, aborted: Option<Id>) -> Ask {
    Ask::Install {
        changes: changes::describe(context, [session]),
        aborted: aborted.into_iter().collect(),
        checked: None,
    }
}

/// Has all other shards take a run off their lists, and answers when they have. One that is away
/// has lost it.
pub(crate) fn forget_run(context: &Context, run: Id) {
    follow(context, Ask::Forget(run), |_| Vec::new());
}

/// Has all other shards follow what was done here, and answers when they have; those that refuse
/// are named.
pub(crate) fn give(context: &Context, order: Ask) {
    follow(context, order, |answers| {
        answers.into_iter().filter_map(install::refusal).collect()
    });
}

fn follow(
    mut context: &Context,
    order: Ask,
    refusals: impl FnOnce(exchange::Answers) -> Vec<Refusal> + Send + 'static,
) {
    let peers = cluster::others(context);
    if peers.is_empty() {
        context.status("OK");
    } else if context.denies_blocking() {
        exchange::ask(context, exchange::next(), &peers, order, |_, _| {});
        context.status("OK");
    } else {
        let client = context.block_client();
        exchange::ask(
            context,
            exchange::next(),
            &peers,
            order,
            move |_, answers| {
                client.answer(answer(&refusals(answers)));
            },
        );
    }
}

/// Answers with what the shards say that refuse, or that all is well.
pub(crate) fn answer(refusals: &[Refusal]) -> Recorded {
    let mut reply = Recorded::new();
    if refusals.is_empty() {
        reply.status("OK");
    } else {
        reply.array(refusals.len());
        for refusal in refusals {
            reply.refuse(refusal);
        }
    }
    reply
}

/// Stops reading the streams of registrations, all or none.
///
/// # Errors
///
/// Names the one that is not there or reads no stream.
pub(crate) fn pause(ids: &[Id]) -> Answered {
    for registration in find_all(ids, "pause")? {
        if let Kind::Stream(stream) = &registration.kind {
            stream.set_status(Status::Paused);
        }
    }
    Ok(Vec::new())
}

/// Goes on reading, beginning with what came meanwhile.
///
/// # Errors
///
/// As of [`pause`].
pub(crate) fn unpause(ids: &[Id]) -> Answered {
    for registration in find_all(ids, "unpause")? {
        if let Kind::Stream(stream) = &registration.kind
            && stream.status() == Status::Paused
        {
            stream.set_status(Status::Ok);
            read_existing_streams(&registration);
        }
    }
    Ok(Vec::new())
}

/// Zeroes the counters of all registrations.
pub(crate) fn clear_statistics() -> Answered {
    for registration in registry().all() {
        registration.clear_statistics();
    }
    Ok(Vec::new())
}

/// Says that a registration is not there (spec section 1.5).
pub(crate) fn unknown(id: &str) -> String {
    let id = text::echoed(id);
    format!(
        "Execution {id} does not exists on shard {}",
        cluster::shard_id()
    )
}

fn find_all(ids: &[Id], verb: &str) -> Result<Vec<Arc<Registration>>, String> {
    let find = |id: &Id| {
        let registration = registry()
            .by_id(*id)
            .ok_or_else(|| unknown(&id.to_string()))?;
        match registration.kind {
            Kind::Stream(_) => Ok(registration),
            _ => Err(format!(
                "Reader {} does not support {verb}",
                registration.kind.reader()
            )),
        }
    };
    ids.iter().map(find).collect()
}
