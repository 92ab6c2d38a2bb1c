//! `RG.CLEARREGISTRATIONSSTATS` (spec section 1.6).

use std::ffi::CStr;

use crate::share::orders;
use gears_model::message::Ask;
use gears_server::{Arguments, Category, Command, Context, Refusal};

/// Zeroes the counters of all registrations.
pub(super) struct ClearRegistrationsStats;

impl Command for ClearRegistrationsStats {
    const NAME: &'static CStr = c"rg.clearregistrationsstats";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if arguments.count() != 1 {
            return Err(Self::wrong_arity());
        }
        context.check_no_transaction()?;
        orders::clear_statistics().map_err(Refusal::whole)?;
        orders::give(context, Ask::ClearStatistics);
        Ok(())
    }
}
