//! The client behind a command: who it is, and whether it is still there.

use std::ptr;

use crate::original::Protocol;
use crate::{Context, Incoming, api, raw};

impl Context {
    /// Returns the number of the client whose command runs.
    pub fn client_number(&self) -> u64 {
        // SAFETY: the context is live.
        unsafe { api!(RedisModule_GetClientId(self.raw())) }
    }

    /// Says whether a client is connected; yes where the server does not tell.
    pub fn is_connected(&self, number: u64) -> bool {
        // SAFETY: the pointer was written before; without a place for them the
        // server tells nothing else of the client.
        unsafe {
            raw::RedisModule_GetClientInfoById.is_none_or(|look| {
                look(ptr::null_mut(), number) == raw::REDISMODULE_OK as std::os::raw::c_int
            })
        }
    }

    /// Returns the version of the protocol that the running command's client speaks.
    pub fn protocol(&self) -> Protocol {
        if self.flags() & raw::REDISMODULE_CTX_FLAGS_RESP3 == 0 {
            Protocol::Two
        } else {
            Protocol::Three
        }
    }

    /// Says whether every user may have `RG.INNERHOOK` run in place of a command.
    pub fn everybody_may_be_hooked(&self) -> bool {
        self.all_users().iter().all(|user| {
            self.may_be_hooked(user)
                // Servers before 7.0 cannot check the hooked command for others.
                .unwrap_or_else(|| self.is_unrestricted(user))
        })
    }
}

impl Incoming {
    /// Says whether the client behind the command may have `RG.INNERHOOK` run in
    /// its place; nothing where the server does not tell whose command it is
    /// (before Redis 7.2).
    ///
    /// Commands of scripts and modules come from no client.
    pub fn client_may_be_hooked(&self) -> Option<bool> {
        // SAFETY: the pointer was written before; the filter's context is live.
        let number = unsafe { raw::RedisModule_CommandFilterGetClientId?(self.raw()) };
        // SAFETY: filters run on threads that hold the Redis lock.
        let context = unsafe { Context::of_filter() }?;
        let user = context.user_of_client(number);
        Some(user.is_some_and(|user| context.may_be_hooked(&user).unwrap_or(false)))
    }
}
