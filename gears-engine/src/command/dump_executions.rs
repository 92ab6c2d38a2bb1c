//! `RG.DUMPEXECUTIONS` (spec section 1.7).

use std::ffi::CStr;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::execution::executions;

/// Lists the executions that are kept.
pub(super) struct DumpExecutions;

impl Command for DumpExecutions {
    const NAME: &'static CStr = c"rg.dumpexecutions";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, _: Arguments<'_>) -> Result<(), Refusal> {
        let executions = executions().all();
        context.array(executions.len());
        for execution in executions {
            context.array(6);
            context.bulk(b"executionId");
            context.bulk(execution.id.to_string().as_bytes());
            context.bulk(b"status");
            context.bulk(execution.state().name().as_bytes());
            context.bulk(b"registered");
            context.integer(i64::from(execution.cause().is_some()));
        }
        Ok(())
    }
}
