//! What the client behind a command may do.
//!
//! The server checks the right to run the command that it sees. For a hooked
//! command that is ours, so the right to run the hooked one is checked here.

use std::ffi::CStr;
use std::os::raw::c_int;

use crate::answer::{Answer, OwnedString, call_raw};
use crate::command_keys::{CommandKeys, ServerWords, wrong_arity};
use crate::filter::Unfiltered;
use crate::held;
use crate::{CallFailure, Code, Context, INNER_HOOK, Refusal, api, raw};

/// On whose behalf a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The server's own, or a module's: nothing is forbidden.
    Server,
    /// A client that is logged in as this user.
    User(Vec<u8>),
    /// A script whose client this server does not tell: any user.
    Anybody,
}

impl Context {
    /// Finds out on whose behalf the command runs that the context is for.
    pub fn caller(&self) -> Caller {
        if let Some(name) = self.name_of_client() {
            return Caller::User(name);
        }
        // Left are scripts and commands that modules run.
        // SAFETY: reads a pointer that the server wrote before.
        match unsafe { raw::RedisModule_GetCurrentUserName } {
            Some(_) if self.has_user() => {
                // SAFETY: the context's client has a user.
                match unsafe { self.current_user() } {
                    Some(name) => Caller::User(name),
                    None => Caller::Anybody,
                }
            }
            Some(_) => Caller::Server,
            None if self.is_script() && !held::is_nested() => Caller::Anybody,
            None => Caller::Server,
        }
    }

    /// Checks that `caller` may run a command.
    ///
    /// # Errors
    ///
    /// For who may not.
    pub fn check_permission(&self, caller: &Caller, words: &[&[u8]]) -> Result<(), Refusal> {
        let users = match caller {
            Caller::Server => return Ok(()),
            Caller::User(name) if has_acl_functions() => {
                return self.check_user(name, words);
            }
            // Servers before 7.0 have nothing that checks a command for a
            // user. Who may do everything may do this too.
            Caller::User(name) => vec![name.clone()],
            Caller::Anybody => self.all_users(),
        };
        if users.iter().all(|user| self.is_unrestricted(user)) {
            Ok(())
        } else {
            Err(Refusal::with_code(
                Code::NoPerm,
                "before Redis 7.0 hooked commands are only for users with all commands and \
                 all keys, because the server cannot check other users' permissions for them",
            ))
        }
    }

    fn name_of_client(&self) -> Option<Vec<u8>> {
        self.user_of_client(self.client_number())
    }

    /// Names the user of one of the server's connections.
    pub(crate) fn user_of_client(&self, number: u64) -> Option<Vec<u8>> {
        // SAFETY: the context is live; the number of a client that is none of
        // the server's connections is not found.
        unsafe {
            let by_id = raw::RedisModule_GetClientUserNameById?;
            taken_string(self, by_id(self.raw(), number))
        }
    }

    /// Says whether a user may run `RG.INNERHOOK`; nothing where the server cannot
    /// check that (before Redis 7.0).
    pub(crate) fn may_be_hooked(&self, name: &[u8]) -> Option<bool> {
        let (find, check, free) = acl_functions()?;
        let owned_name = OwnedString::new(self, name);
        let mut strings = ServerWords::new(self, &[INNER_HOOK.to_bytes(), b"PING"]);
        // SAFETY: the strings are live, as many as is said and as many as the
        // command takes; the user is ours until it is freed, once.
        unsafe {
            let user = find(owned_name.raw);
            if user.is_null() {
                return Some(false);
            }
            let checked = check(user, strings.pointers(), strings.count());
            free(user);
            Some(checked == raw::REDISMODULE_OK as c_int)
        }
    }

    /// Names the user of the context's client, which need not be a connection.
    ///
    /// # Safety
    ///
    /// The client has a user; without, Redis 7.0 would crash here.
    pub(crate) unsafe fn current_user(&self) -> Option<Vec<u8>> {
        // SAFETY: the pointer was written before; the context is live, and its
        // client has a user, as the caller promises.
        unsafe {
            let current = raw::RedisModule_GetCurrentUserName?;
            taken_string(self, current(self.raw()))
        }
    }

    /// Says whether the context's client has a user. The module API tells only
    /// by refusing to run a command as that user.
    fn has_user(&self) -> bool {
        let _unfiltered = Unfiltered::next();
        match call_raw(self, c"PING", c"C", &[]) {
            Ok(_) => true,
            Err(errno) => errno != libc::ENOTSUP,
        }
    }

    fn check_user(&self, name: &[u8], words: &[&[u8]]) -> Result<(), Refusal> {
        let refused = |text| Err(Refusal::with_code(Code::NoPerm, text));
        let Some((find, check, free)) = acl_functions() else {
            return refused("this server cannot check permissions");
        };
        let owned_name = OwnedString::new(self, name);
        // SAFETY: the name is a live string of the server.
        let user = unsafe { find(owned_name.raw) };
        if user.is_null() {
            return refused("the user exists no longer");
        }
        let mut strings = ServerWords::new(self, words);
        let keys = strings.keys(self);
        // SAFETY: the user is ours until it is freed, once, below; there are
        // as many live strings as is said, and as many as the command takes:
        // the server looks for keys in them without counting.
        let allowed = unsafe {
            let allowed = match keys {
                CommandKeys::At(_) => {
                    check(user, strings.pointers(), strings.count()) == raw::REDISMODULE_OK as c_int
                }
                // Not forbidden; running it says what is wrong with it.
                CommandKeys::Unknown | CommandKeys::WrongArity => true,
            };
            free(user);
            allowed
        };
        if keys == CommandKeys::WrongArity {
            return Err(wrong_arity(words[0]));
        }
        if allowed {
            Ok(())
        } else {
            Err(Refusal::with_code(
                Code::NoPerm,
                self.words_of_refusal(name, words),
            ))
        }
    }

    /// Asks the server how it would refuse the command.
    fn words_of_refusal(&self, name: &[u8], words: &[&[u8]]) -> String {
        let mut dry_run: Vec<&[u8]> = vec![b"DRYRUN", name];
        dry_run.extend_from_slice(words);
        match self.ask(c"ACL", &dry_run) {
            Some(Answer::Text(refusal)) if refusal != b"OK" => {
                String::from_utf8_lossy(&refusal).into_owned()
            }
            _ => "this user has no permissions to run the hooked command".to_owned(),
        }
    }

    /// Says whether there is a user of that name.
    pub fn knows_user(&self, name: &[u8]) -> bool {
        self.all_users().iter().any(|user| user == name)
    }

    pub(crate) fn all_users(&self) -> Vec<Vec<u8>> {
        match self.ask(c"ACL", &[b"USERS"]) {
            Some(Answer::Array(users)) => users
                .into_iter()
                .filter_map(|user| match user {
                    Answer::Text(name) => Some(name),
                    _ => None,
                })
                .collect(),
            // Nobody is known, so nobody is known to be unrestricted.
            _ => vec![Vec::new()],
        }
    }

    pub(crate) fn is_unrestricted(&self, user: &[u8]) -> bool {
        let Some(Answer::Array(fields)) = self.ask(c"ACL", &[b"GETUSER", user]) else {
            return false;
        };
        let Some(Answer::Array(flags)) = fields.get(1) else {
            return false;
        };
        let has = |flag: &[u8]| flags.contains(&Answer::Text(flag.to_vec()));
        has(b"allkeys") && has(b"allcommands")
    }

    /// Reads a key on the server's own behalf; says why it has no answer.
    ///
    /// # Errors
    ///
    /// The server's own text.
    pub(crate) fn ask_or_fail(
        &self,
        command: &CStr,
        arguments: &[&[u8]],
    ) -> Result<Answer, CallFailure> {
        let _unfiltered = Unfiltered::next();
        Answer::of_call(self, command, c"v", arguments).map_err(|failure| {
            CallFailure::of_text(format!(
                "{} (reading a key by {})",
                failure.message,
                command.to_string_lossy()
            ))
        })
    }

    /// Asks the server for the nodes of its cluster, as `CLUSTER NODES` tells them.
    pub fn cluster_nodes(&self) -> Option<String> {
        match self.ask(c"CLUSTER", &[b"NODES"])? {
            Answer::Text(nodes) => String::from_utf8(nodes).ok(),
            _ => None,
        }
    }

    /// Asks the server something on its own behalf.
    pub fn ask(&self, command: &CStr, arguments: &[&[u8]]) -> Option<Answer> {
        let _unfiltered = Unfiltered::next();
        call_raw(self, command, c"v", arguments)
            .ok()
            .map(|reply| reply.read())
    }
}

/// Says whether the server can check a user's permissions (since Redis 7.0).
pub(crate) fn has_acl_functions() -> bool {
    acl_functions().is_some()
}

type AclFunctions = (
    unsafe extern "C" fn(*mut raw::RedisModuleString) -> *mut raw::RedisModuleUser,
    unsafe extern "C" fn(
        *mut raw::RedisModuleUser,
        *mut *mut raw::RedisModuleString,
        c_int,
    ) -> c_int,
    unsafe extern "C" fn(*mut raw::RedisModuleUser),
);

/// Returns the functions that find a user, check a command for it, and free it.
fn acl_functions() -> Option<AclFunctions> {
    // SAFETY: reads pointers that the server wrote before.
    unsafe {
        Some((
            raw::RedisModule_GetModuleUserFromUserName?,
            raw::RedisModule_ACLCheckCommandPermissions?,
            raw::RedisModule_FreeModuleUser?,
        ))
    }
}

/// Copies a string that the server made for us, and frees it.
///
/// # Safety
///
/// `string` is null or was made with this live context and is ours.
unsafe fn taken_string(context: &Context, string: *mut raw::RedisModuleString) -> Option<Vec<u8>> {
    if string.is_null() {
        return None;
    }
    // SAFETY: as the caller promises; the bytes are copied before.
    unsafe {
        let mut length = 0;
        let start = api!(RedisModule_StringPtrLen(string, &mut length));
        let bytes = std::slice::from_raw_parts(start.cast::<u8>(), length).to_vec();
        api!(RedisModule_FreeString(context.raw(), string));
        Some(bytes)
    }
}
