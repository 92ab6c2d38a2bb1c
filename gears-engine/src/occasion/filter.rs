//! Commands that functions stand in for, or whose events they wait for
//! (spec sections 3.6 and 3.7).
//!
//! The server shows us each command before it looks at it. Where a function is
//! registered for the command and its keys, the filter puts `RG.INNERHOOK` in
//! front of it; that command runs the function, or the command itself with its
//! events linked to the client. So hooks work wherever commands come from:
//! clients, MULTI, scripts, other functions' `execute`.

use gears_server::{CommandFilter, Context, Incoming, Words};

use super::writers;
use crate::ground::reason;
use crate::registration::registry;
use crate::thread::turn;

/// Tells the server which commands concern functions.
pub(crate) struct Filter;

impl CommandFilter for Filter {
    fn follows() -> bool {
        turn::follows_commands()
    }

    fn passes(incoming: &Incoming, waited: bool) {
        turn::pass(incoming, waited);
    }

    fn is_needed() -> bool {
        reason::is_there()
    }

    fn concerns(incoming: &Incoming) -> bool {
        if writers::has_to_wait(incoming) {
            return true;
        }
        let table = registry().hooks();
        let Some(hooked) = incoming.word(0).and_then(|name| table.find(name)) else {
            return false;
        };
        if !hooked.concerns(incoming) {
            return false;
        }
        // What the server reads from its own files is not to be hooked, nor what
        // comes over the replication link. On a replica writes come only from
        // there; for a command that reads, our command looks where it came from.
        let state = Context::server_state();
        !(state.is_loading || (state.is_replica && hooked.info.writes))
    }

    fn is_hooked(name: &[u8]) -> bool {
        Self::is_needed() && registry().hooks().find(name).is_some()
    }
}
