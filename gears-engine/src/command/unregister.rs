//! `RG.UNREGISTER` (spec section 1.4).

use std::ffi::CStr;

use crate::api::{Arguments, Category, Command, Context, Reply};
use crate::{engine, journal, registration};

/// Takes a registration out.
pub(super) struct Unregister;

impl Command for Unregister {
    const NAME: &'static CStr = c"rg.unregister";
    const CATEGORY: Category = Category::Register;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), String> {
        let (Some(id), true) = (arguments.get(1), arguments.len() <= 3) else {
            return Err(Self::wrong_arity());
        };
        let removed = registration::parse_id(id)
            .and_then(|number| engine::get().registry.remove(number))
            .ok_or("execution is not registered")?;
        journal::unregistered(&removed, "command");
        if arguments
            .get(2)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"ABORTPENDING"))
        {
            removed.abort_pending();
        }
        for execution in removed.take_listed() {
            engine::get().executions.forget(execution);
        }
        context.status("OK");
        Ok(())
    }
}
