//! What was called, and where, when Python raised.

use std::fmt;

use crate::{gear::descriptor::Gear, server::known::Server};

/// Names the call that an error is about.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    gear: &'static Gear,
    server: Server,
    address: String,
}

impl Called {
    /// Names a call of a gear at an address.
    pub(crate) fn new(gear: &'static Gear, server: Server, address: String) -> Self {
        Self {
            gear,
            server,
            address,
        }
    }
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            gear,
            server,
            address,
        } = self;
        write!(
            f,
            "raised by the gear {} under the trigger `{}`, called as {}, on {server} at {address}",
            gear.place(),
            gear.trigger(),
            gear.typed_signature(),
        )
    }
}
