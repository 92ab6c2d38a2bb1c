//! `RG.INNERAFTER`: what is left to do when a command has ended, on servers that do
//! not see to it themselves.

use std::ffi::CStr;

use gears_server::{
    Arguments, Category, Command, Context, INNER_AFTER, Refusal, Reply, do_waiting, held,
};

/// Does what waits for the end of commands.
///
/// A client may send it too, and finds nothing left to do. Within a transaction, a
/// script or a function it does nothing: there the command has not ended.
pub(super) struct InnerAfter;

impl Command for InnerAfter {
    const NAME: &'static CStr = INNER_AFTER;
    const CATEGORY: Category = Category::Admin;
    // What it runs may write, so it has to wait while writes are paused.
    const FLAGS: &'static CStr = c"readonly may-replicate";

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        if arguments.count() > 1 {
            return Err(Self::wrong_arity());
        }
        if !(context.is_one_of_several() || held::is_nested()) {
            do_waiting(context);
        }
        context.status("OK");
        Ok(())
    }
}
