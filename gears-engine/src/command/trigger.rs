//! `RG.TRIGGER` and `RG.TRIGGERONKEY` (spec section 1.2).

use std::ffi::CStr;
use std::os::raw::c_int;

use gears_server::{Arguments, Category, Code, Command, Context, Refusal, text};

use crate::occasion;
use crate::registration::registry;
use crate::share::news;

/// Calls a registered function.
pub(super) struct Trigger;

impl Command for Trigger {
    const NAME: &'static CStr = c"rg.trigger";
    const CATEGORY: Category = Category::Trigger;
    // What it runs may write: while writes are paused, it waits.
    const FLAGS: &'static CStr = c"readonly may-replicate";
    const MOVABLE_KEYS: bool = true;

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        call::<Self>(context, arguments)
    }
}

/// Calls a registered function where a key is.
pub(super) struct TriggerOnKey;

impl Command for TriggerOnKey {
    const NAME: &'static CStr = c"rg.triggeronkey";
    const CATEGORY: Category = Category::Trigger;
    const FLAGS: &'static CStr = c"readonly may-replicate";
    const KEYS: (c_int, c_int, c_int) = (2, 2, 1);

    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        call::<Self>(context, arguments)
    }
}

fn call<C: Command>(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
    let Some(trigger) = arguments.get(1) else {
        return Err(C::wrong_arity());
    };
    let Some(registration) = registry().by_trigger(text::until_nul(trigger)) else {
        if news::is_behind(context) {
            return Err(Refusal::with_code(
                Code::TryAgain,
                "the gears of the cluster are being installed on this shard",
            ));
        }
        return Err(Refusal::new("subcommand not found"));
    };
    occasion::trigger::trigger(context, registration, arguments.from(1))
}
