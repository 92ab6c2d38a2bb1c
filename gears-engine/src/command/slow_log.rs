//! `RG.SLOWLOG`: slow runs that no client sent a command for.

use std::ffi::CStr;
use std::time::UNIX_EPOCH;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::registration::slow::{self, SlowRun};

/// Lists the slow runs, or forgets them.
pub(super) struct SlowLog;

impl Command for SlowLog {
    const NAME: &'static CStr = c"rg.slowlog";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        match (arguments.get(1), arguments.count()) {
            (None, _) => {
                let runs = slow::all();
                context.array(runs.len());
                for run in &runs {
                    reply_run(&mut context, run);
                }
                Ok(())
            }
            (Some(word), 2) if word.eq_ignore_ascii_case(b"RESET") => {
                slow::reset();
                context.status("OK");
                Ok(())
            }
            (_, 2) => Err(Refusal::new("RG.SLOWLOG takes nothing or RESET")),
            _ => Err(Self::wrong_arity()),
        }
    }
}

fn reply_run(to: &mut impl Reply, run: &SlowRun) {
    let ended = run.ended.duration_since(UNIX_EPOCH).unwrap_or_default();
    let integer = |number: u128| i64::try_from(number).unwrap_or(i64::MAX);
    to.array(16);
    for (name, number) in [
        ("number", integer(run.number.into())),
        ("ended_ms", integer(ended.as_millis())),
        ("usec", integer(run.took.as_micros())),
    ] {
        to.bulk(name.as_bytes());
        to.integer(number);
    }
    for (name, text) in [
        ("registration", run.registration.to_string().as_str()),
        ("name", &run.name),
        ("reader", run.reader),
        ("mode", run.mode),
    ] {
        to.bulk(name.as_bytes());
        to.bulk(text.as_bytes());
    }
    to.bulk(b"about");
    to.array(run.about.len());
    for word in &run.about {
        to.bulk(word);
    }
}
