//! Commands that are run with the permissions of a user.

use std::ffi::CStr;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::answer::OwnedString;
use crate::{Answer, CallFailure, Code, Context, Refusal, api, raw};

/// The name of a user of the server's access control lists.
pub type UserName = Arc<[u8]>;

/// Says whether this server can run a command as a user: Redis 7.0.6 or later,
/// and Valkey.
pub fn can_run_as_user() -> bool {
    // SAFETY: reads pointers that the server wrote before.
    let (attach, find, free, name) = unsafe {
        (
            raw::RedisModule_SetContextUser,
            raw::RedisModule_GetModuleUserFromUserName,
            raw::RedisModule_FreeModuleUser,
            raw::RedisModule_GetClientUserNameById,
        )
    };
    attach.is_some() && find.is_some() && free.is_some() && name.is_some()
}

impl Context {
    /// Names the user of the client whose command runs; there is none behind a
    /// replica's link to its primary.
    ///
    /// Asks by the client's id: to ask by the context crashes Redis 7.0 where
    /// the client has no user.
    pub fn client_user(&self) -> Option<UserName> {
        // SAFETY: the optional function pointer is looked at first; the context
        // is live; the string is ours and freed once, after its bytes are copied.
        unsafe {
            let of_id = raw::RedisModule_GetClientUserNameById?;
            let id = api!(RedisModule_GetClientId(self.raw()));
            let name = of_id(self.raw(), id);
            if name.is_null() {
                return None;
            }
            let name = OwnedString::adopt(self, name);
            Some(name.bytes().into())
        }
    }

    /// Runs a command as the client whose command runs.
    ///
    /// A client without user may run everything, in the server's own rules too.
    pub fn call_as_client(
        &self,
        command: &[u8],
        arguments: &[&[u8]],
    ) -> Result<Answer, CallFailure> {
        let checked = self.checked_command(command, arguments)?;
        match self.call_permitted(&checked, arguments) {
            Err(failure) if failure.has_no_user() => self.call(command, arguments),
            Err(failure) if failure.is_denied() => {
                // A refused client has a user, by whom even one is named that
                // is no connection: that of a script or of another function.
                let user = self.client_user().or_else(|| {
                    // SAFETY: the server has just refused the client for its user.
                    unsafe { self.current_user() }.map(Into::into)
                });
                Err(denied(user.as_deref(), command))
            }
            other => other,
        }
    }

    /// Runs a command as the user of that name, as it is defined now.
    pub fn call_as(
        &self,
        user: &UserName,
        command: &[u8],
        arguments: &[&[u8]],
    ) -> Result<Answer, CallFailure> {
        let checked = self.checked_command(command, arguments)?;
        let context = context_for_users();
        let Some(attached) = Attached::new(&context, user) else {
            let text = format!(
                "User {} does not exist any more",
                String::from_utf8_lossy(user)
            );
            return Err(Refusal::with_code(Code::NoPerm, text).into());
        };
        let answer = context.call_permitted(&checked, arguments);
        drop(attached);
        match answer {
            Err(failure) if failure.is_denied() => Err(denied(Some(user), command)),
            other => other,
        }
    }
}

/// The server tells us only that it refuses, not why.
fn denied(user: Option<&[u8]>, command: &[u8]) -> CallFailure {
    let user = match user {
        Some(name) => format!("User {}", String::from_utf8_lossy(name)),
        None => "This user".to_owned(),
    };
    let text = format!(
        "{user} has no permissions to run the '{}' command or to access one of its keys or channels",
        String::from_utf8_lossy(command).to_ascii_lowercase()
    );
    Refusal::with_code(Code::NoPerm, text).into()
}

/// Returns the context for commands that are run as a named user.
///
/// It is none that the server made for an event: refusing a command, Redis 7.0
/// looks for the name of the context's client, and crashes where an event's
/// client has none. The client of this one is the default user's.
fn context_for_users() -> Context {
    static CONTEXT: AtomicPtr<raw::RedisModuleCtx> = AtomicPtr::new(ptr::null_mut());
    let mut context = CONTEXT.load(Ordering::Acquire);
    if context.is_null() {
        // SAFETY: no client is given, so the server makes one.
        context = unsafe { api!(RedisModule_GetThreadSafeContext(ptr::null_mut())) };
        CONTEXT.store(context, Ordering::Release);
    }
    // SAFETY: the context is never freed, and only who holds the Redis lock
    // comes here, so one thread at a time uses it.
    unsafe { Context::new(context) }
}

/// A user whose permissions a context has, until dropped.
struct Attached<'a> {
    context: &'a Context,
    user: *mut raw::RedisModuleUser,
}

impl<'a> Attached<'a> {
    fn new(context: &'a Context, name: &[u8]) -> Option<Self> {
        let name = OwnedString::new(context, name);
        // SAFETY: the context is live and its thread holds the Redis lock, so
        // the user cannot go away before `drop`; the name is a live string.
        unsafe {
            let user = api!(RedisModule_GetModuleUserFromUserName(name.raw));
            if user.is_null() {
                return None;
            }
            api!(RedisModule_SetContextUser(context.raw(), user));
            Some(Self { context, user })
        }
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and freed once, after the context has
        // forgotten it; that leaves the server's user as it is.
        unsafe {
            api!(RedisModule_SetContextUser(self.context.raw(), ptr::null()));
            api!(RedisModule_FreeModuleUser(self.user));
        }
    }
}

impl Context {
    /// Runs a command with the permissions of the context's user, else of its
    /// client's.
    fn call_permitted(&self, command: &CStr, arguments: &[&[u8]]) -> Result<Answer, CallFailure> {
        self.in_first_database(|| Answer::of_call(self, command, c"!Cv", arguments))
    }
}
