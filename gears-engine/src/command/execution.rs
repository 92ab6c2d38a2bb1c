//! The commands about one execution (spec sections 1.8 to 1.12).

use std::ffi::CStr;
use std::sync::Arc;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::cluster;
use crate::execution::view::View;
use crate::execution::{Execution, executions};
use crate::share::orders;
use crate::spread;

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
        if execution.is_shared() {
            spread::abort_driver(execution.id);
        }
        let waits = execution.abort(|| Some(context.block_client()));
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
        executions().forget(execution.id);
        if execution.is_shared() {
            orders::forget_run(context, execution.id);
        } else {
            context.status("OK");
        }
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
        let view = View::of(&execution)?;
        let is_of_shard = match arguments.get(2) {
            Some(scope) if scope.eq_ignore_ascii_case(b"SHARD") => true,
            Some(scope) if scope.eq_ignore_ascii_case(b"CLUSTER") => {
                if cluster::is_alone() {
                    return Err(Refusal::whole(
                        "no cluster detected - use `RG.GETEXECUTION <id> [SHARD]` instead",
                    ));
                }
                false
            }
            Some(_) => return Err(Refusal::whole("unknown subcommand")),
            None => false,
        };
        if execution.is_shared() && !is_of_shard {
            return spread::show_all(context, execution.id, view);
        }
        spread::reply_all(&[(cluster::shard_id(), view)], &mut context);
        Ok(())
    }
}
