//! `RG.DUMPREGISTRATIONS` (spec section 1.3).

use std::ffi::CStr;
use std::time::Duration;

use crate::api::{Arguments, Command, Context, Reply};
use crate::engine;
use crate::registration::{Registration, print_id};

/// Lists the registrations.
pub(super) struct DumpRegistrations;

impl Command for DumpRegistrations {
    const NAME: &'static CStr = c"rg.dumpregistrations";

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), String> {
        let registrations = engine::get().registry.all();
        context.array(registrations.len());
        for registration in &registrations {
            reply_registration(&mut context, registration);
        }
        Ok(())
    }
}

fn reply_registration(to: &mut impl Reply, registration: &Registration) {
    to.array(12);
    to.bulk(b"id");
    to.bulk(registration.id().as_bytes());
    to.bulk(b"reader");
    to.bulk(b"CommandReader");
    to.bulk(b"desc");
    optional(to, registration.description.as_deref());
    to.bulk(b"RegistrationData");
    reply_data(to, registration);
    to.bulk(b"PD");
    to.bulk(private_data(registration).as_bytes());
    to.bulk(b"ExecutionThreadPool");
    to.bulk(b"DefaultPool");
}

fn reply_data(to: &mut impl Reply, registration: &Registration) {
    let statistics = registration.statistics();
    let ended = statistics.succeeded + statistics.failed;
    to.array(20);
    to.bulk(b"mode");
    to.bulk(registration.mode.name().as_bytes());
    for (name, number) in [
        ("numTriggered", statistics.triggered),
        ("numSuccess", statistics.succeeded),
        ("numFailures", statistics.failed),
        ("numAborted", statistics.aborted),
        ("lastRunDurationMS", milliseconds(statistics.last_run)),
        ("totalRunDurationMS", milliseconds(statistics.total_run)),
    ] {
        to.bulk(name.as_bytes());
        to.integer(number);
    }
    to.bulk(b"avgRunDurationMS");
    #[expect(clippy::cast_precision_loss, reason = "an average of counts")]
    to.double(if ended == 0 {
        0.0
    } else {
        statistics.total_run.as_secs_f64() * 1e3 / ended as f64
    });
    to.bulk(b"lastError");
    optional(to, statistics.last_error.as_deref());
    to.bulk(b"args");
    to.array(4);
    to.bulk(b"trigger");
    to.bulk(&registration.trigger);
    to.bulk(b"inorder");
    to.integer(i64::from(registration.in_order));
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

/// Describes the session in RedisGears' words, which are nearly Python.
fn private_data(registration: &Registration) -> String {
    let session = &registration.session;
    let registrations = engine::get()
        .registry
        .of_session(&session.id)
        .unwrap_or_default();
    let ids: Vec<_> = registrations
        .iter()
        .map(|number| format!("'{}'", print_id(*number)))
        .collect();
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
