//! `gears doctor`.

mod cluster;
mod configuration;
mod engine;
mod examination;
mod facts;
mod latency;
mod links;
mod module;
mod permission;
mod probe;
mod registrations;
mod server;

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueHint};

use super::Perform;
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    wire::Wire,
};
use examination::Examination;
use facts::Facts;

/// How long the server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks whether all is well with the server, and says what to do where it is not.
///
/// It looks at the connection, the rights of the user, the module and its Python, packages, what is
/// registered, settings that lead to trouble, the cluster, and how long a round trip takes. All it does
/// is ask; a small script that runs on a worker of the server looks at pip (--no-python leaves it out).
///
/// Where a server does not start with the module, --engine looks at that file on this machine: whether its
/// Python is there, glibc new enough, the folder one where programs may run.
///
/// Exit codes: 0 nothing fails, there may be warnings; 1 something fails; 3 the server could not be
/// reached or did not let us in.
#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Measure this many round trips.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pings: u32,
    /// Look at this module file instead, with a private server of this machine.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    engine: Option<PathBuf>,
    /// Leave out what runs Python on the server.
    #[arg(long)]
    no_python: bool,
}

impl Perform for Doctor {
    fn perform(self, context: &Context<'_>) -> Result {
        let mut examination = Examination::new(&context.output);
        let reached = match &self.engine {
            Some(file) => {
                engine::examine(&std::path::absolute(file)?, &mut examination)?;
                true
            }
            None => {
                let address = context.address()?.to_string();
                self.examine(context, &address, &mut examination)?
            }
        };
        examination.end()?;
        if !reached {
            Err(Failure::silent(Code::Connection))
        } else if examination.failures() > 0 {
            Err(Failure::silent(Code::Failed))
        } else {
            Ok(())
        }
    }
}

impl Doctor {
    /// Examines one part after the other; tells whether the server was reached at all.
    fn examine(
        &self,
        context: &Context<'_>,
        address: &str,
        examination: &mut Examination<'_>,
    ) -> Result<bool> {
        let reached = context
            .gears()
            .and_then(|gears| Ok((gears, Wire::open(gears, PATIENCE)?)));
        let (gears, mut wire) = match reached {
            Ok(reached) => reached,
            Err(failure) if failure.code() == Code::Usage => return Err(failure),
            Err(failure) => {
                let (message, advice) = failure.parts();
                let advice = advice.unwrap_or("look at the server's log");
                examination.fail("server", message, advice)?;
                return Ok(false);
            }
        };
        // Before Redis 6 there is but one user, and some may not ask who they are.
        let named = context.address()?.credentials().0.map(str::to_owned);
        if let Some(user) = wire.text(&["ACL", "WHOAMI"]).ok().or(named) {
            examination.set_user(user);
        }
        let facts = Facts::of(&mut wire);
        server::examine(&facts, address, examination)?;
        let rights = permission::examine(gears, &mut wire, examination)?;
        if module::examine(&facts, examination)? {
            registrations::examine(gears, &facts, examination)?;
            if !self.no_python && facts.is_engine() {
                probe::examine(gears, &facts, rights, examination)?;
            }
            if facts.is_cluster() {
                cluster::examine(gears, &mut wire, examination)?;
            }
        }
        configuration::examine(&mut wire, &facts, examination)?;
        latency::examine(&mut wire, self.pings, examination)?;
        Ok(true)
    }
}
