//! `RG.INNERHOOK`: what the filter puts in front of hooked commands.

use std::ffi::CStr;

use gears_server::{
    Arguments, Category, Command, Context, INNER_HOOK, Refusal, take_replaced_name,
};

use crate::occasion::filter;
use crate::occasion::hook::serve_hooked;

/// Runs a hooked command.
///
/// A client may send it too: it means the same, and permissions are those for
/// the hooked command.
pub(super) struct InnerHook;

impl Command for InnerHook {
    const NAME: &'static CStr = INNER_HOOK;
    const CATEGORY: Category = Category::Trigger;
    // The command that it runs may write, so it has to wait while writes are
    // paused for a failover.
    const FLAGS: &'static CStr = c"readonly may-replicate";

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let name = take_replaced_name::<filter::Filter>();
        let words: Vec<_> = name
            .as_deref()
            .into_iter()
            .chain(arguments.from(1))
            .collect();
        if words.is_empty() {
            return Err(Self::wrong_arity());
        }
        serve_hooked(context, &words)
    }
}
