//! What the module says of itself, so that the server treats it as it can bear.

use std::os::raw::c_int;

use crate::{Loading, api, raw};

/// Valkey 9 moves slots as a whole (`CLUSTER MIGRATESLOTS`) only where each
/// module bears that keys come before their slot does. We keep nothing in keys,
/// and what comes so is no event.
const HANDLE_ATOMIC_SLOT_MIGRATION: u32 = 1 << 5;

/// What we declare. The server takes the whole in one call: another one would
/// take back what was declared before.
const OPTIONS: &[u32] = &[
    // A link may break in the middle of our part of a full synchronisation. The
    // server ends itself for modules that cannot say that they noticed.
    raw::REDISMODULE_OPTIONS_HANDLE_IO_ERRORS,
    HANDLE_ATOMIC_SLOT_MIGRATION,
];

impl Loading<'_> {
    /// Declares what the module can bear.
    pub fn options(&self) {
        let options = OPTIONS.iter().fold(0, |all, option| all | option);
        // SAFETY: the context is live; options that a server does not know are
        // bits that it does not read.
        unsafe {
            api!(RedisModule_SetModuleOptions(self.0.raw(), options as c_int));
        }
    }
}
