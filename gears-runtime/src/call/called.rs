//! What was called, and where, when Python raised.

use std::fmt;

use crate::{gear::descriptor::Gear, server::known::Server};

/// Names the call that an error is about.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    gear: Option<&'static Gear>,
    server: Server,
    address: Option<String>,
}

impl Called {
    /// Names a call of a gear at an address.
    pub(crate) fn new(gear: &'static Gear, server: Server, address: String) -> Self {
        Self {
            gear: Some(gear),
            server,
            address: Some(address),
        }
    }

    /// Names the run of a script.
    pub(crate) fn script(server: Server) -> Self {
        Self {
            gear: None,
            server,
            address: None,
        }
    }
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.gear {
            Some(gear) => write!(
                f,
                "raised by the gear {} under the trigger `{}`, called as {}",
                gear.place(),
                gear.trigger(),
                gear.typed_signature(),
            )?,
            None => f.write_str("raised by a script")?,
        }
        write!(f, ", on {}", self.server)?;
        match &self.address {
            Some(address) => write!(f, " at {address}"),
            None => Ok(()),
        }
    }
}
