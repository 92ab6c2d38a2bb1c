//! `RG.PAUSEREGISTRATIONS` and `RG.UNPAUSEREGISTRATIONS` (spec section 1.5).

use std::ffi::CStr;

use gears_model::Id;
use gears_model::message::Ask;
use gears_server::{Arguments, Category, Command, Context, Refusal};

use crate::share::orders;

/// Stops reading streams for a while; entries stay in them.
pub(super) struct PauseRegistrations;

impl Command for PauseRegistrations {
    const NAME: &'static CStr = c"rg.pauseregistrations";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let ids = ids::<Self>(context, arguments, "pause")?;
        orders::pause(&ids).map_err(Refusal::whole)?;
        orders::give(context, Ask::Pause(ids));
        Ok(())
    }
}

/// Goes on reading, beginning with what came meanwhile.
pub(super) struct UnpauseRegistrations;

impl Command for UnpauseRegistrations {
    const NAME: &'static CStr = c"rg.unpauseregistrations";
    const CATEGORY: Category = Category::Admin;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let ids = ids::<Self>(context, arguments, "unpause")?;
        orders::unpause(&ids).map_err(Refusal::whole)?;
        orders::give(context, Ask::Unpause(ids));
        Ok(())
    }
}

/// Reads which registrations are meant. RedisGears takes one id; its documentation promises
/// several, and so do we.
fn ids<C: Command>(
    context: &Context,
    arguments: Arguments<'_>,
    verb: &str,
) -> Result<Vec<Id>, Refusal> {
    let words: Vec<_> = arguments.from(1).collect();
    if words.is_empty() {
        return Err(C::wrong_arity());
    }
    let ids: Vec<_> = words
        .into_iter()
        .filter(|word| !word.eq_ignore_ascii_case(b"ABORTPENDING"))
        .collect();
    if ids.is_empty() {
        return Err(Refusal::new(format!("no registration to {verb}")));
    }
    context.check_no_transaction()?;
    let read = |id: &[u8]| {
        let unknown = || Refusal::whole(orders::unknown(&String::from_utf8_lossy(id)));
        Id::parse(id).ok_or_else(unknown)
    };
    ids.into_iter().map(read).collect()
}
