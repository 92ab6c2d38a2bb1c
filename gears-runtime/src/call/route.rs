//! Where in a cluster a call goes.

use std::time::Duration;

use redis::{Arg, Cmd};

use crate::{
    connect::{
        cluster::{errand::Errand, journey::Route, slot::slot_of},
        pool::Purpose,
    },
    gear::{descriptor::Gear, mode::Mode},
    wire::call::{FCALL, FCALL_RO},
};

/// Returns where a call goes, by its key.
pub(crate) fn route_of(command: &Cmd) -> Route {
    key_of(command).map_or(Route::Any, |key| Route::Slot(slot_of(key)))
}

/// Returns the key of a call of a gear that has one: it travels first.
fn key_of(command: &Cmd) -> Option<&[u8]> {
    let mut words = command.args_iter();
    // Functions of the server's are told how many keys there are.
    let before = match words.next()? {
        Arg::Simple(FCALL | FCALL_RO) => 2,
        _ => 1,
    };
    match words.nth(before)? {
        Arg::Simple(key) => Some(key),
        _ => None,
    }
}

pub(super) fn call_of<'a>(
    gear: &'a Gear,
    command: &'a Cmd,
    timeout: Duration,
) -> (Route, Errand<'a>) {
    let route = match gear.key() {
        Some(_) => route_of(command),
        None => Route::Any,
    };
    let errand = Errand {
        command,
        ahead: None,
        reads: false,
        what: Purpose::Call(gear.trigger()),
        timeout,
        blocks: gear.mode() != Mode::Sync,
    };
    (route, errand)
}
