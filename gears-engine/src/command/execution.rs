//! The commands about one execution (spec sections 1.8 to 1.12).

use std::ffi::CStr;
use std::sync::Arc;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::cluster;
use crate::execution::{Execution, Shown, executions};

fn find(id: &[u8]) -> Result<Arc<Execution>, Refusal> {
    executions()
        .find(id)
        .ok_or_else(|| Refusal::whole("execution plan does not exist"))
}

/// `RG.GETRESULTS`: the results of an execution that has ended.
pub(super) struct GetResults;

impl Command for GetResults {
    const NAME: &'static CStr = c"rg.getresults";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let id = arguments.get(1).ok_or_else(Self::wrong_arity)?;
        let execution = find(id)?;
        if !execution.state().has_ended() {
            return Err(Refusal::whole("execution is still running"));
        }
        execution.reply(&mut context)
    }
}

/// `RG.GETRESULTSBLOCKING`: waits for the end, then the results.
pub(super) struct GetResultsBlocking;

impl Command for GetResultsBlocking {
    const NAME: &'static CStr = c"rg.getresultsblocking";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(id), 2) = (arguments.get(1), arguments.count()) else {
            return Err(Self::wrong_arity());
        };
        context.refuse_if_it_cannot_wait()?;
        let execution = find(id)?;
        if !execution.wait(|| context.block_client()) {
            execution.reply(&mut context)?;
        }
        Ok(())
    }
}

/// `RG.ABORTEXECUTION`: ends an execution and waits until it has.
pub(super) struct AbortExecution;

impl Command for AbortExecution {
    const NAME: &'static CStr = c"rg.abortexecution";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(id), 2) = (arguments.get(1), arguments.count()) else {
            return Err(Self::wrong_arity());
        };
        context.refuse_if_it_cannot_wait()?;
        let execution = executions()
            .find(id)
            .ok_or_else(|| Refusal::whole("execution does not exist"))?;
        let waits = execution.abort(|| context.block_client());
        if !waits {
            context.status("OK");
        }
        Ok(())
    }
}

/// `RG.DROPEXECUTION`: forgets an execution that has ended.
pub(super) struct DropExecution;

impl Command for DropExecution {
    const NAME: &'static CStr = c"rg.dropexecution";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(id), 2) = (arguments.get(1), arguments.count()) else {
            return Err(Self::wrong_arity());
        };
        let execution = find(id)?;
        if !execution.state().has_ended() {
            return Err(Refusal::whole(
                "can not drop a not yet finished execution, abort it first.",
            ));
        }
        executions().forget(execution.number);
        context.status("OK");
        Ok(())
    }
}

/// `RG.GETEXECUTION`: the plan of an execution and how far it is.
pub(super) struct GetExecution;

impl Command for GetExecution {
    const NAME: &'static CStr = c"rg.getexecution";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(id), true) = (arguments.get(1), arguments.count() <= 3) else {
            return Err(Self::wrong_arity());
        };
        let execution = find(id)?;
        let steps = execution.steps()?;
        if let Some(scope) = arguments.get(2) {
            if scope.eq_ignore_ascii_case(b"CLUSTER") {
                return Err(Refusal::whole(
                    "no cluster detected - use `RG.GETEXECUTION <id> [SHARD]` instead",
                ));
            }
            if !scope.eq_ignore_ascii_case(b"SHARD") {
                return Err(Refusal::whole("unknown subcommand"));
            }
        }
        context.array(1);
        context.array(4);
        context.bulk(b"shard_id");
        context.bulk(cluster::shard_id().as_str().as_bytes());
        context.bulk(b"execution_plan");
        reply_plan(&execution, steps, &mut context);
        Ok(())
    }
}

fn reply_plan(execution: &Execution, steps: Vec<Shown>, to: &mut impl Reply) {
    let progress = execution.progress();
    to.array(16);
    to.bulk(b"status");
    to.bulk(progress.state.name().as_bytes());
    for name in ["shards_received", "shards_completed"] {
        to.bulk(name.as_bytes());
        to.integer(0);
    }
    to.bulk(b"results");
    to.integer(if progress.state.has_ended() {
        count(progress.outcome.results.len())
    } else {
        -1
    });
    to.bulk(b"errors");
    to.array(progress.outcome.errors.len());
    for error in &progress.outcome.errors {
        to.bulk(error.as_bytes());
    }
    to.bulk(b"total_duration");
    to.integer(milliseconds(progress.total));
    to.bulk(b"read_duration");
    to.integer(milliseconds(progress.read));
    to.bulk(b"steps");
    to.array(steps.len());
    for (at, (kind, name, argument)) in steps.into_iter().rev() {
        to.array(8);
        to.bulk(b"type");
        to.bulk(kind.as_bytes());
        to.bulk(b"duration");
        let duration = at.and_then(|at| progress.outcome.steps.get(at).copied());
        to.integer(milliseconds(duration.unwrap_or_default()));
        to.bulk(b"name");
        to.bulk(name.as_bytes());
        to.bulk(b"arg");
        to.bulk(argument.as_bytes());
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
