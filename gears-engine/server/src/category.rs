//! Groups of commands that users are granted together.

use std::ffi::CStr;
use std::os::raw::c_int;

use crate::{Loading, LogLevel, api, log, raw};

/// What a command is for: who may register code is not who may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Runs, registers or removes code: as good as owning the server.
    Register,
    /// Calls what is registered.
    Trigger,
    /// Looks at what there is, and changes settings.
    Admin,
}

impl Category {
    const ALL: [Self; 3] = [Self::Register, Self::Trigger, Self::Admin];

    /// The name behind `@` in ACL rules.
    fn name(self) -> &'static CStr {
        match self {
            Self::Register => c"gearsregister",
            Self::Trigger => c"gearstrigger",
            Self::Admin => c"gearsadmin",
        }
    }
}

impl Loading<'_> {
    /// Makes the categories known to the server, before any command.
    ///
    /// Servers before Redis 7.4 and Valkey 8 have none for modules; there the
    /// commands are granted one by one.
    pub fn categories(&self) -> Result<(), String> {
        // SAFETY: looking at an optional function pointer.
        let Some(add) = (unsafe { raw::RedisModule_AddACLCategory }) else {
            log(
                LogLevel::Verbose,
                "this server has no ACL categories for modules: grant commands one by one, as in +rg.trigger",
            );
            return Ok(());
        };
        for category in Category::ALL {
            // SAFETY: the context is live and still loading; the server copies
            // the name.
            let added = unsafe { add(self.0.raw(), category.name().as_ptr()) };
            if added != raw::REDISMODULE_OK as c_int {
                return Err(format!(
                    "the ACL category {} cannot be added",
                    category.name().to_string_lossy()
                ));
            }
        }
        Ok(())
    }

    /// Puts a command into its category; says whether that worked.
    pub(crate) fn join_category(&self, command: &CStr, category: Category) -> bool {
        // SAFETY: looking at optional function pointers.
        let (Some(_), Some(set)) = (unsafe {
            (
                raw::RedisModule_AddACLCategory,
                raw::RedisModule_SetCommandACLCategories,
            )
        }) else {
            return true;
        };
        // SAFETY: the context is live and still loading; the command was just
        // created, and the server reads the names only during the calls.
        let joined = unsafe {
            let command = api!(RedisModule_GetCommand(self.0.raw(), command.as_ptr()));
            set(command, category.name().as_ptr())
        };
        joined == raw::REDISMODULE_OK as c_int
    }
}
