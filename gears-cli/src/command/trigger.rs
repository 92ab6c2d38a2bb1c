//! `gears trigger`.

use std::{ffi::OsString, os::unix::ffi::OsStrExt as _, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use gears_runtime::data::ExecutionResult;
use redis::Value;

use super::{Perform, run::seconds};
use crate::{completion, context::Context, failure::{Failure, Result}, results, shard};

/// Calls what is registered under a trigger, and prints its results.
#[derive(Args, Debug)]
pub(crate) struct Trigger {
    /// The trigger.
    #[arg(add = ArgValueCompleter::new(completion::triggers))]
    name: String,
    /// What it is called with; write -- before words that begin with a dash.
    args: Vec<OsString>,
    /// Route the call to the shard of this key, which becomes the first argument.
    #[arg(long, value_name = "KEY")]
    on_key: Option<OsString>,
    /// Wait at most this long, in seconds [default: 30].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
}

impl Perform for Trigger {
    fn perform(self, context: &Context<'_>) -> Result {
        let mut gears = context.gears()?.clone();
        if self.on_key.is_none() {
            gears = shard::asked(&gears)?.gears;
        }
        if let Some(timeout) = self.timeout {
            gears = gears.with_response_timeout(timeout);
        }
        let args: Vec<&[u8]> = self.args.iter().map(|arg| arg.as_bytes()).collect();
        let values: Vec<Value> = match &self.on_key {
            Some(key) => gears.trigger_on_key(&self.name, key.as_bytes(), args)?,
            None => gears.trigger(&self.name, args).map_err(|error| {
                let unknown = error.is_unknown_trigger();
                let failure = Failure::from(error);
                match (unknown, is_apart(context)) {
                    (false, _) => failure,
                    (true, false) => failure.advice("`gears list` shows what is registered"),
                    (true, true) => failure.advice(
                        "`gears list` shows what is on some shards alone; `gears run --all-shards` \
                         registers on each",
                    ),
                }
            })?,
        };
        results::print(context, &[ExecutionResult::from(values)], None)
    }
}

/// Tells whether a shard can know a trigger that others do not.
fn is_apart(context: &Context<'_>) -> bool {
    let registrars = context.gears().and_then(shard::registrars);
    registrars.is_ok_and(|shards| shards.len() > 1)
}
