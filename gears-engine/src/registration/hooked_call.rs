//! A call of a command that functions stand in for.

use std::os::raw::c_int;
use std::sync::Arc;

use gears_model::Id;
use gears_server::{Caller, CommandInfo, Original, Protocol};

use super::Registration;
use crate::ground::link::Link;

/// One call of a hooked command.
#[derive(Clone)]
pub(crate) struct HookedCall {
    /// The name as it was typed.
    pub(crate) name: Vec<u8>,
    /// What the server says of the command, while it is hooked.
    pub(crate) info: Option<CommandInfo>,
    /// The functions that stand in for it, in the order in which they call
    /// each other.
    pub(crate) chain: Vec<Arc<Registration>>,
    pub(crate) database: c_int,
    pub(crate) caller: Caller,
    pub(crate) protocol: Protocol,
    pub(crate) link: Option<Arc<Link>>,
    /// The numbers of the hooks that run already, this call's included.
    pub(crate) active: Vec<Id>,
}

impl HookedCall {
    /// Returns the numbers of the hooks that run while this call's do.
    pub(crate) fn active(&self) -> &[Id] {
        &self.active
    }

    /// Returns the command itself, with other words.
    pub(crate) fn original<'a>(&'a self, words: &'a [&'a [u8]]) -> Original<'a> {
        Original {
            info: self.info.as_ref(),
            words,
            database: self.database,
            caller: &self.caller,
            protocol: self.protocol,
        }
    }
}
