//! `RG.PYPROFILE` (spec section 1.19).

use std::ffi::CStr;

use gears_server::{Arguments, Category, Command, Context, Refusal, Reply};

use crate::code::profile;
use crate::registration::registry;

/// Prints or forgets what the code of a session spent its time on.
pub(super) struct Profile;

impl Command for Profile {
    const NAME: &'static CStr = c"rg.pyprofile";
    const CATEGORY: Category = Category::Admin;

    fn serve(mut context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal> {
        let subcommand = arguments.get(1).ok_or_else(Self::wrong_arity)?;
        let prints = match subcommand.to_ascii_uppercase().as_slice() {
            b"STATS" => true,
            b"RESET" => false,
            _ => return Err(Refusal::whole("Wrong subcommand given to RG.PYPROFILE")),
        };
        // An order may follow, which RedisGears reads and does not use.
        let (Some(session), 3..=4) = (arguments.get(2), arguments.count()) else {
            return Err(Self::wrong_arity());
        };
        let session = String::from_utf8_lossy(session).into_owned();
        if registry().of_session(&session).is_none() {
            return Err(Refusal::whole("session does not exists"));
        }
        if prints {
            context.bulk(profile::print(&session)?.as_bytes());
        } else {
            profile::reset(&session)?;
            context.status("OK");
        }
        Ok(())
    }
}
