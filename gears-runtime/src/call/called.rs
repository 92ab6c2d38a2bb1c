//! What was called, and where, when Python raised.

use std::fmt;

use redis::Value;

use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
    server::known::Server,
    wire::reply::Reply,
};

/// Names the call that an error is about.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    gear: &'static Gear,
    server: Server,
    /// Where that is, if it is known: nobody tells of a connection that is lent.
    address: Option<String>,
    /// Whether it was called by the name of its version.
    is_pinned: bool,
}

impl Called {
    /// Names a call of a gear.
    pub(crate) fn new(
        gear: &'static Gear,
        server: Server,
        address: Option<String>,
        is_pinned: bool,
    ) -> Self {
        Self {
            gear,
            server,
            address,
            is_pinned,
        }
    }

    /// Reads a reply to such a call.
    pub(crate) fn read(&self, reply: Value) -> Result<Reply> {
        Reply::from_value(reply, self.gear, self.server)
    }

    /// Tells an error what was called.
    pub(crate) fn tell(&self, error: Error) -> Error {
        let error = match self.is_pinned {
            true => error.of_version(self.gear.fingerprint()),
            false => error,
        };
        error.within(|| self.to_string())
    }
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            gear,
            server,
            address,
            is_pinned: _,
        } = self;
        let place = gear.place();
        match gear.function_on(*server) {
            Some(function) => {
                let library = function.library;
                write!(
                    f,
                    "raised by the function {place} of the library `{library}`"
                )?;
            }
            None => write!(
                f,
                "raised by the gear {place} under the trigger `{}`",
                gear.trigger()
            )?,
        }
        write!(f, ", called as {}, on {server}", gear.typed_signature())?;
        match address {
            Some(address) => write!(f, " at {address}"),
            None => Ok(()),
        }
    }
}
