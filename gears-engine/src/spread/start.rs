//! Where functions that run on every shard begin.

use std::sync::Arc;

use gears_model::message::{Ask, Source, Work};
use gears_server::{Context, Recorded, Refusal};
use pyo3::prelude::*;

use super::drive::{Cause, Drive};
use super::program;
use super::serve::Records;
use crate::cluster;
use crate::config::config;
use crate::execution::{Spread, check_can_wait};
use crate::lock;
use crate::occasion::trigger::reply_trigger;
use crate::persist::record;
use crate::plan::Outcome;
use crate::python::failure;
use crate::registration::Registration;
use crate::requirement::requirements;
use crate::session::Session;
use crate::session::user::User;

/// Runs a triggered function on all shards, and answers when all have ended.
///
/// # Errors
///
/// When the client cannot wait where it is, or no more work can.
pub(crate) fn call<'a>(
    context: &Context,
    registration: &Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Refusal> {
    registration.check_usable()?;
    check_can_wait(context)?;
    let Some(topology) = cluster::topology(context) else {
        return Err(Refusal::new("this server knows no cluster"));
    };
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let cause = Cause {
        work: Work::Registered {
            id: registration.id,
            trigger: words.first().cloned().unwrap_or_default(),
        },
        session: Arc::clone(&registration.session),
        user: User::of_client(context),
        limit: registration.limit_on_worker(),
        before: Ask::Test,
        registration: Some(Arc::clone(registration)),
    };
    let client = context.block_client();
    let finish = Box::new(move |py: Python<'_>, records, errors| {
        let mut reply = Recorded::new();
        reply_trigger(py, &Outcome::gathered(records, errors), &mut reply);
        client.answer(reply);
    });
    let source = (Records::Words(words.clone()), Source::Words(words));
    Drive::begin(
        context,
        topology,
        &registration.function,
        cause,
        source,
        finish,
    );
    Ok(())
}

/// Runs on all shards what a script asked to run once.
pub(crate) fn run(py: Python<'_>, spread: Spread) {
    let Spread { run, user, finish } = spread;
    let program = match program::encode(py, &run) {
        Ok(program) => program,
        Err(error) => return finish(py, Vec::new(), vec![failure::text(py, &error)]),
    };
    let before = if run.session.requirements.is_empty() {
        Ask::Test
    } else {
        py.detach(|| packages(&run.session))
    };
    let cause = Cause {
        work: Work::Sent(program.into()),
        session: run.session,
        user,
        limit: run.timeout.or(config().async_deadline()),
        before,
        registration: None,
    };
    let source = (Records::Reader(run.reader), Source::Reader);
    lock::with_redis(py, |context| match cluster::topology(context) {
        Some(topology) => {
            Drive::begin(context, topology, &run.function, cause, source, finish);
        }
        None => drop(finish),
    });
}

/// Has the other shards bring the packages of a session: its wheels go along, as far as there
/// are any.
fn packages(session: &Session) -> Ask {
    let wheels = requirements().pack(&session.requirements, false);
    Ask::Bring {
        record: record::encode(session, []),
        wheels: wheels
            .into_iter()
            .flatten()
            .map(|wheels| wheels.record)
            .collect(),
    }
}
