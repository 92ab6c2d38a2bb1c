//! `RG.CLEARREGISTRATIONSSTATS` (spec section 1.6).

use std::ffi::CStr;

use crate::registration::registry;
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

/// Zeroes the counters of all registrations.
pub(super) struct ClearRegistrationsStats;

impl Command for ClearRegistrationsStats {
    const NAME: &'static CStr = c"rg.clearregistrationsstats";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if arguments.count() != 1 {
            return Err(Self::wrong_arity());
        }
        context.check_no_transaction()?;
        for registration in registry().all() {
            registration.clear_statistics();
        }
        context.status("OK");
        Ok(())
    }
}
