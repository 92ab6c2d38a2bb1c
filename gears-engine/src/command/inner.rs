//! `RG.INNERREGISTER` and `RG.INNERUNREGISTER`: how registrations reach replicas
//! and the append-only file (spec section 7.1).

use std::ffi::CStr;

use gears_model::Id;
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::registration::registry;
use crate::{life, persist};

/// Takes a script's registrations over: `RG.INNERREGISTER record [replaced]`.
pub(super) struct InnerRegister;

/// Takes a registration out: `RG.INNERUNREGISTER id [ABORTPENDING]`.
pub(super) struct InnerUnregister;

/// Callbacks come as pickles, which nobody but a master should bring.
fn refuse_clients(context: &Context) -> Result<(), Refusal> {
    if context.is_replicated() {
        Ok(())
    } else {
        Err(Refusal::new(
            "this command is for masters and append-only files, use RG.PYEXECUTE",
        ))
    }
}

impl Command for InnerRegister {
    const NAME: &'static CStr = c"rg.innerregister";
    const CATEGORY: Category = Category::Admin;
    const FLAGS: &'static CStr = c"write";

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        refuse_clients(context)?;
        let (Some(record), true) = (arguments.get(1), arguments.count() <= 3) else {
            return Err(Self::wrong_arity());
        };
        let replaced = arguments.get(2).map(String::from_utf8_lossy);
        life::receive(context, record, replaced.as_deref());
        context.replicate_this();
        context.status("OK");
        Ok(())
    }
}

impl Command for InnerUnregister {
    const NAME: &'static CStr = c"rg.innerunregister";
    const CATEGORY: Category = Category::Admin;
    const FLAGS: &'static CStr = c"write";

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        refuse_clients(context)?;
        let (Some(id), true) = (arguments.get(1), arguments.count() <= 3) else {
            return Err(Self::wrong_arity());
        };
        let removed = Id::parse(id).and_then(|id| registry().remove(id));
        if let Some(removed) = removed {
            removed.retire();
            removed.tell_unregistered("master");
            if arguments.get(2).is_some() {
                removed.abort_pending();
            }
            persist::forget(context, &removed);
        }
        context.replicate_this();
        context.status("OK");
        Ok(())
    }
}
