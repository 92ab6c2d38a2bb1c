//! `RG.TRIGGER` (spec section 1.2).

use std::ffi::CStr;

use crate::api::{Arguments, Command, Context};
use crate::{engine, execution, text};

/// Calls a registered function.
pub(super) struct Trigger;

impl Command for Trigger {
    const NAME: &'static CStr = c"rg.trigger";
    // What it runs may write: while writes are paused, it waits.
    const FLAGS: &'static CStr = c"readonly may-replicate";

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), String> {
        let Some(trigger) = arguments.get(1) else {
            return Err(Self::wrong_arity());
        };
        let registration = engine::get()
            .registry
            .by_trigger(text::until_nul(trigger))
            .ok_or("ERR subcommand not found")?;
        execution::trigger(context, registration, arguments.from(1))
    }
}
