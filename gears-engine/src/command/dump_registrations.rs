//! `RG.DUMPREGISTRATIONS` (spec section 1.3).

use std::ffi::CStr;
use std::time::Duration;

use gears_model::{KeyEvents, Kind, Mode, OnFull, Statistics, StreamOptions, Trouble};
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply, text};

use crate::config::config;
use crate::registration::{Registration, registry};

/// Lists the registrations.
pub(super) struct DumpRegistrations;

impl Command for DumpRegistrations {
    const NAME: &'static CStr = c"rg.dumpregistrations";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        let registrations = registry().all();
        context.array(registrations.len());
        for registration in &registrations {
            reply_registration(&mut context, registration, true);
        }
        Ok(())
    }
}

/// Describes a registration; within its session's description without the
/// session.
pub(super) fn reply_registration(
    to: &mut impl Reply,
    registration: &Registration,
    with_session: bool,
) {
    let old = config().has_old_shapes();
    let pool = if old { 0 } else { 2 };
    to.array(if with_session { 10 } else { 8 } + pool);
    to.bulk(b"id");
    to.bulk(registration.id.to_string().as_bytes());
    to.bulk(b"reader");
    to.bulk(registration.kind.reader().as_bytes());
    to.bulk(b"desc");
    optional(to, registration.description.as_deref());
    to.bulk(b"RegistrationData");
    reply_data(to, registration, old);
    if with_session {
        to.bulk(b"PD");
        let data = if old {
            old_private_data(registration)
        } else {
            private_data(registration)
        };
        to.bulk(data.as_bytes());
    }
    if old {
        return;
    }
    to.bulk(b"ExecutionThreadPool");
    to.bulk(b"DefaultPool");
}

/// Replies what the reader has to say; `old` leaves out what RedisGears 1.0
/// did not have.
fn reply_data(to: &mut impl Reply, registration: &Registration, old: bool) {
    let statistics = registration.statistics();
    let is_stream = matches!(registration.kind, Kind::Stream(_));
    // RedisGears does not count what it drops. A sync function misses only what
    // was not kept while it could not run.
    let may_drop = matches!(registration.kind, Kind::Keys(_))
        && (registration.mode != Mode::Sync || statistics.dropped > 0);
    to.array(match (old, is_stream) {
        (true, false) => 14,
        (true, true) => 16,
        (false, false) => 20 + 2 * usize::from(may_drop),
        (false, true) => 26,
    });
    to.bulk(b"mode");
    to.bulk(registration.mode.name().as_bytes());
    for (name, number) in [
        ("numTriggered", statistics.triggered),
        ("numSuccess", statistics.succeeded),
        ("numFailures", statistics.failed),
        ("numAborted", statistics.aborted),
    ] {
        to.bulk(name.as_bytes());
        to.integer(number);
    }
    if !old {
        reply_durations(to, &statistics, is_stream);
    }
    to.bulk(b"lastError");
    let trouble = registration.trouble.as_ref().map(Trouble::reason);
    optional(to, trouble.or(statistics.last_error.as_deref()));
    to.bulk(b"args");
    match &registration.kind {
        Kind::Trigger { name, in_order, .. } => {
            reply_trigger(to, name, *in_order, registration, old);
        }
        // Nothing else tells a hook from a trigger.
        Kind::Hook { hook, in_order } => {
            let name = hook.command.written.as_bytes();
            reply_trigger(to, name, *in_order, registration, old);
        }
        Kind::Keys(events) => reply_key_events(to, events, old),
        Kind::Stream(stream) => {
            reply_stream_options(to, &stream.options, old);
            to.bulk(b"status");
            to.bulk(stream.status().name().as_bytes());
        }
    }
    if may_drop && !old {
        to.bulk(b"numDropped");
        to.integer(statistics.dropped);
    }
}

fn reply_durations(to: &mut impl Reply, statistics: &Statistics, is_stream: bool) {
    let ended = statistics.succeeded + statistics.failed;
    for (name, number) in [
        ("lastRunDurationMS", milliseconds(statistics.last_run)),
        ("totalRunDurationMS", milliseconds(statistics.total_run)),
    ] {
        to.bulk(name.as_bytes());
        to.integer(number);
    }
    to.bulk(b"avgRunDurationMS");
    to.double(average(statistics.total_run, ended));
    if is_stream {
        to.bulk(b"lastEstimatedLagMS");
        to.integer(milliseconds(statistics.last_lag));
        to.bulk(b"avgEstimatedLagMS");
        to.double(average(statistics.total_lag, ended));
    }
}

fn reply_trigger(
    to: &mut impl Reply,
    name: &[u8],
    in_order: bool,
    registration: &Registration,
    old: bool,
) {
    // Ours; without a version, the reply is RedisGears'.
    let edition = registration.kind.edition();
    to.array(if old { 2 } else { 4 } + if edition.is_some() { 8 } else { 0 });
    to.bulk(b"trigger");
    to.bulk(name);
    if !old {
        to.bulk(b"inorder");
        to.integer(i64::from(in_order));
    }
    if let Some(edition) = edition {
        to.bulk(b"version");
        to.bulk(edition.version.as_bytes());
        to.bulk(b"newest");
        to.integer(i64::from(registry().is_newest(registration)));
        to.bulk(b"keep");
        to.integer(milliseconds(edition.keep));
        to.bulk(b"idleFor");
        to.integer(milliseconds(registration.idle()));
    }
}

fn reply_key_events(to: &mut impl Reply, events: &KeyEvents, old: bool) {
    // Ours; where nobody asks for it, the reply is RedisGears'.
    let waits = !old && events.on_full != OnFull::Drop;
    to.array(if old { 6 } else { 8 + 2 * usize::from(waits) });
    to.bulk(b"regex");
    to.bulk(events.prefix.as_bytes());
    to.bulk(b"eventTypes");
    let names = events.event_types.as_ref();
    optional_list(to, names.map(|names| names.iter().map(String::as_str)));
    to.bulk(b"keyTypes");
    let types = events.key_types.as_ref();
    optional_list(to, types.map(|types| types.iter().map(|kind| kind.name())));
    if old {
        return;
    }
    to.bulk(b"hookCommands");
    let commands = events.commands.as_ref();
    optional_list(
        to,
        commands.map(|commands| commands.iter().map(|name| name.written.as_str())),
    );
    if waits {
        to.bulk(b"onFull");
        to.bulk(events.on_full.name().as_bytes());
    }
}

fn reply_stream_options(to: &mut impl Reply, options: &StreamOptions, old: bool) {
    to.array(if old { 6 } else { 12 });
    to.bulk(b"batchSize");
    to.integer(options.batch);
    to.bulk(b"durationMS");
    to.integer(milliseconds(options.duration));
    to.bulk(b"stream");
    to.bulk(options.prefix.as_bytes());
    if old {
        return;
    }
    to.bulk(b"trimStream");
    to.integer(i64::from(options.trim));
    to.bulk(b"onFailedPolicy");
    to.bulk(options.policy.name().as_bytes());
    to.bulk(b"retryInterval");
    to.integer(i64::try_from(options.retry_interval.as_secs()).unwrap_or(i64::MAX));
}

fn optional_list<'a>(to: &mut impl Reply, texts: Option<impl ExactSizeIterator<Item = &'a str>>) {
    match texts {
        None => to.null(),
        Some(texts) => {
            to.array(texts.len());
            for text in texts {
                to.bulk(text.as_bytes());
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an average of counts")]
fn average(total: Duration, count: i64) -> f64 {
    if count == 0 {
        0.0
    } else {
        total.as_secs_f64() * 1e3 / count as f64
    }
}

fn optional(to: &mut impl Reply, text: Option<&str>) {
    match text {
        Some(text) => to.bulk(text.as_bytes()),
        None => to.null(),
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Describes the session as RedisGears 1.0 does: a Python literal.
fn old_private_data(registration: &Registration) -> String {
    let requirements: Vec<_> = registration
        .session
        .requirements
        .iter()
        .map(|requirement| text::python_literal(requirement))
        .collect();
    format!(
        "{{'sessionId':{}, 'depsList':[{}]}}",
        text::python_literal(&registration.session.id),
        requirements.join(", ")
    )
}

/// Describes the session in RedisGears' words, which are nearly Python.
fn private_data(registration: &Registration) -> String {
    let session = &registration.session;
    let registrations = registry().of_session(&session.id).unwrap_or_default();
    let ids: Vec<_> = registrations.iter().map(|id| format!("'{id}'")).collect();
    let requirements: Vec<_> = session
        .requirements
        .iter()
        .map(|requirement| format!("{{'name':'{requirement}', 'basePath':'', 'wheels':[]}}"))
        .collect();
    format!(
        "{{'sessionName':'{}', 'sessionDescription':'{}', 'refCount': {}, 'linkedTo': primary, \
         'dead': false, 'isInstallationNeeded':0, 'registrationsList':[{}], 'depsList':[{}]}}",
        session.id,
        session.description.as_deref().unwrap_or("null"),
        ids.len(),
        ids.join(", "),
        requirements.join(", "),
    )
}
