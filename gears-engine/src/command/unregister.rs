//! `RG.UNREGISTER` (spec section 1.4).

use std::ffi::CStr;

use gears_model::Id;
use gears_server::{Arguments, Category, Command, Context, Refusal};

use crate::registration::registry;
use crate::share::orders;
use crate::{life, persist};

/// Takes a registration out.
pub(super) struct Unregister;

impl Command for Unregister {
    const NAME: &'static CStr = c"rg.unregister";
    const CATEGORY: Category = Category::Register;
    // What it runs may write: while writes are paused, it waits.
    const FLAGS: &'static CStr = c"readonly may-replicate";

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let (Some(id), true) = (arguments.get(1), arguments.count() <= 3) else {
            return Err(Self::wrong_arity());
        };
        if context.is_read_only() {
            return Err(Refusal::read_only());
        }
        let removed = Id::parse(id)
            .and_then(|id| registry().remove(id))
            .ok_or_else(|| Refusal::whole("execution is not registered"))?;
        life::end(&removed, "command");
        let abort = arguments
            .get(2)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"ABORTPENDING"));
        if abort {
            removed.abort_pending();
        }
        persist::removed(context, &removed, abort);
        orders::taken_out(context, &removed.session.id, abort.then_some(removed.id));
        Ok(())
    }
}
