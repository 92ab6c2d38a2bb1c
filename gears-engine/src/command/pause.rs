//! `RG.PAUSEREGISTRATIONS` and `RG.UNPAUSEREGISTRATIONS` (spec section 1.5).

use std::ffi::CStr;
use std::sync::Arc;

use gears_model::{Id, Kind, Status};
use gears_server::{Arguments, Category, Command, Context, Refusal, Reply, text};

use crate::cluster;
use crate::occasion::stream::read_existing_streams;
use crate::registration::{Registration, registry};

/// Stops reading streams for a while; entries stay in them.
pub(super) struct PauseRegistrations;

impl Command for PauseRegistrations {
    const NAME: &'static CStr = c"rg.pauseregistrations";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        for registration in find_all::<Self>(context, arguments, "pause")? {
            if let Kind::Stream(stream) = &registration.kind {
                stream.set_status(Status::Paused);
            }
        }
        context.status("OK");
        Ok(())
    }
}

/// Goes on reading, beginning with what came meanwhile.
pub(super) struct UnpauseRegistrations;

impl Command for UnpauseRegistrations {
    const NAME: &'static CStr = c"rg.unpauseregistrations";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        for registration in find_all::<Self>(context, arguments, "unpause")? {
            if let Kind::Stream(stream) = &registration.kind
                && stream.status() == Status::Paused
            {
                stream.set_status(Status::Ok);
                read_existing_streams(&registration);
            }
        }
        context.status("OK");
        Ok(())
    }
}

/// Finds all registrations before any is changed. RedisGears takes one id; its
/// documentation promises several, and so do we.
fn find_all<C: Command>(
    context: &Context,
    arguments: Arguments<'_>,
    verb: &str,
) -> Result<Vec<Arc<Registration>>, Refusal> {
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
    ids.into_iter()
        .map(|id| {
            let registration = Id::parse(id)
                .and_then(|id| registry().by_id(id))
                .ok_or_else(|| {
                    let id = String::from_utf8_lossy(id);
                    let id = text::echoed(&id);
                    Refusal::whole(format!(
                        "Execution {id} does not exists on shard {}",
                        cluster::shard_id()
                    ))
                })?;
            match registration.kind {
                Kind::Stream(_) => Ok(registration),
                _ => Err(Refusal::whole(format!(
                    "Reader {} does not support {verb}",
                    registration.kind.reader()
                ))),
            }
        })
        .collect()
}
